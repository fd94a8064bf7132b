/**
 * A text with values in it: at first a plain field with the chips drawn over it, and from its first
 * use one with chips to edit, completion and problems in place.
 */

import { useEffect, useId, useImperativeHandle, useLayoutEffect, useRef, useState, type Ref } from "react";

import { useForm, useVariables } from "../form/scope";
import { useSlice, useStore } from "../view/context";
import { Icon } from "../view/icons";
import { t } from "../words";
import { useTextProblems } from "./checking";
import { offersAt } from "./complete";
import { Drawn, pointedAt } from "./drawn";
import { chipWords, fixed, type Fix, type TextProblem } from "./liquid";
import { loadCode, useCode } from "./loading";
import type { Snippet } from "./mail";
import { texts } from "./state";
import type { CodeField } from "./code";

/** What others may do to the text: the menu of values, the email's tools. */
export interface TextHandle {
  insert: (text: string, select?: readonly [number, number]) => void;
  /** A piece on lines of its own, made of what is selected. */
  insertBlock: (make: (selected: string) => Snippet, below: (text: string, at: number) => number) => void;
}

export interface LiquidBoxProps {
  text: string;
  label: string;
  id: string;
  testId: string;
  describedBy?: string | undefined;
  placeholder?: string | undefined;
  multiline?: boolean;
  mono?: boolean;
  json?: boolean;
  /** The config's field, so that undo in here is about it alone. */
  field: string;
  handle?: Ref<TextHandle>;
  onChange: (text: string) => void;
}

interface Place {
  from: number;
  to: number;
  focus: boolean;
}

export function LiquidBox(props: LiquidBoxProps) {
  const { node, editable } = useForm();
  const groups = useVariables("run");
  const problems = useTextProblems(props.text, editable ? node : null, groups, props.json ?? false);
  const code = useCode();
  const about = useId();
  const place = useRef<Place>({ from: 0, to: 0, focus: false });
  const describedBy = [props.describedBy, problems.length ? about : ""].filter(Boolean).join(" ") || undefined;
  const own = { ...props, describedBy, problems };
  return (
    <>
      <div className="wj-liquid" data-multiline={props.multiline || undefined}>
        {code && editable ? <Rich {...own} code={code} place={place.current} /> : <Plain {...own} place={place.current} />}
      </div>
      {problems.length && editable ? (
        <ul id={about} className="wj-text-problems" data-testid={`${props.testId}-problems`}>
          {problems.map((one) => (
            <ProblemLine key={`${one.from}/${one.message}`} problem={one} onFix={(fix) => props.onChange(fixed(props.text, fix))} />
          ))}
        </ul>
      ) : null}
    </>
  );
}

function ProblemLine({ problem, onFix }: { problem: TextProblem; onFix: (fix: Fix) => void }) {
  const { fix } = problem;
  return (
    <li className="wj-field-problem" data-kind={problem.severity}>
      <Icon name={problem.severity === "error" ? "circle-alert" : "triangle-alert"} size={12} />
      <span>
        {problem.message}{" "}
        {fix ? (
          <button type="button" className="wj-link" onClick={() => onFix(fix)}>
            {fix.label}
          </button>
        ) : null}
      </span>
    </li>
  );
}

interface Inner extends LiquidBoxProps {
  problems: readonly TextProblem[];
  place: Place;
}

/** The browser's own field. What is filled in is drawn over it until somebody writes here. */
function Plain(props: Inner) {
  const { text, multiline, mono, place, onChange } = props;
  const { editable } = useForm();
  const groups = useVariables("run");
  const asLiquid = useSlice(texts(useStore()), (s) => s.asLiquid) || Boolean(mono);
  const [raw, setRaw] = useState(false); // somebody is at the Liquid itself
  const control = useRef<HTMLTextAreaElement & HTMLInputElement>(null);
  const layer = useRef<HTMLDivElement>(null);
  const drawn = text.includes("{") && !asLiquid && !raw;
  useLayoutEffect(() => {
    const field = control.current;
    return () => {
      // What comes in its place goes on where this one stood.
      place.from = field?.selectionStart ?? 0;
      place.to = field?.selectionEnd ?? 0;
      place.focus = field !== null && document.activeElement === field;
    };
  }, [place]);
  useImperativeHandle(props.handle, () => ({
    insertBlock: (make) => {
      const made = make("");
      onChange(text ? `${text.replace(/\n$/, "")}\n${made.text}` : made.text);
      void loadCode();
    },
    insert: (piece, select) => {
      const field = control.current;
      const [from, to] = [field?.selectionStart ?? text.length, field?.selectionEnd ?? text.length];
      const [start, end] = select ?? [piece.length, piece.length];
      onChange(text.slice(0, from) + piece + text.slice(to));
      requestAnimationFrame(() => {
        field?.focus();
        field?.setSelectionRange(from + start, from + end);
      });
    },
  }));
  const shared = {
    ref: control,
    id: props.id,
    className: "wj-input",
    "data-mono": mono || undefined,
    "data-drawn": drawn || undefined,
    "data-testid": props.testId,
    "aria-describedby": props.describedBy,
    "aria-label": props.label,
    readOnly: !editable,
    placeholder: props.placeholder,
    value: text,
    onFocus: () => {
      // Not before the click that gives the focus has also set the cursor.
      const ready = () => setRaw(document.activeElement === control.current);
      if (editable) setTimeout(() => void loadCode().then(ready), 0);
      else setRaw(true); // to be marked and copied
    },
    onBlur: () => setRaw(false),
    onKeyDown: () => setRaw(true),
    onMouseDown: (event: React.MouseEvent) => {
      const [field, over] = [control.current, layer.current];
      const at = field && over ? pointedAt(over, field, text, event.clientX, event.clientY) : null;
      if (at !== null) setTimeout(() => field?.setSelectionRange(at, at), 0); // the browser sets its own first
    },
    onChange: (event: React.ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => onChange(event.target.value),
    onScroll: () => {
      if (!layer.current || !control.current) return;
      layer.current.scrollTop = control.current.scrollTop;
      layer.current.scrollLeft = control.current.scrollLeft;
    },
  };
  const lines = Math.min(14, Math.max(mono ? 6 : 4, text.split("\n").length + 1));
  return (
    <>
      {multiline ? <textarea {...shared} rows={lines} /> : <input {...shared} />}
      {drawn ? <Drawn text={text} groups={groups} layer={layer} /> : null}
    </>
  );
}

/** CodeMirror in its place. React hands it what changes; what is typed it tells by itself. */
function Rich(props: Inner & { code: typeof import("./code") }) {
  const store = useStore();
  const { node } = useForm();
  const groups = useVariables("run");
  const asLiquid = useSlice(texts(store), (s) => s.asLiquid) || Boolean(props.mono);
  const host = useRef<HTMLDivElement>(null);
  const field = useRef<CodeField | null>(null);
  const now = useRef({ props, groups });
  now.current = { props, groups };
  const attributes = {
    id: props.id,
    role: "textbox",
    "aria-label": props.label,
    "aria-multiline": String(Boolean(props.multiline)),
    "aria-invalid": String(props.problems.some((one) => one.severity === "error")),
    ...(props.describedBy ? { "aria-describedby": props.describedBy } : {}),
    "data-testid": props.testId,
    class: "wj-code-content",
  };
  const said = JSON.stringify(attributes);
  useLayoutEffect(() => {
    const parent = host.current;
    if (!parent) return;
    const key = `${node}/${props.field}`;
    const made = props.code.create({
      parent,
      text: props.text,
      multiline: Boolean(props.multiline),
      attributes,
      placeholder: props.placeholder ?? "",
      asLiquid,
      words: (inner) => chipWords(inner, now.current.groups),
      offers: (text, at, asked) => offersAt(text, at, now.current.groups, asked),
      onChange: (text) => now.current.props.onChange(text),
      undo: () => {
        if (store.get().history.done.at(-1)?.key === key) store.undo();
        else store.set({ message: t("texts.undoElsewhere") });
      },
      redo: () => {
        if (store.get().history.undone.at(-1)?.key === key) store.redo();
      },
    });
    field.current = made;
    const { place } = props;
    if (place.focus) made.focus(place.from, place.to);
    place.focus = false;
    const label = parent.ownerDocument.querySelector<HTMLElement>(`label[for="${CSS.escape(props.id)}"]`);
    const focus = () => made.focus(); // a label reaches form fields only
    label?.addEventListener("click", focus);
    return () => {
      label?.removeEventListener("click", focus);
      field.current = null;
      made.destroy();
    };
    // The field lives as long as its node and its place in the form; all else is handed in below.
  }, [store, node, props.field, props.code, props.multiline]);
  useLayoutEffect(() => field.current?.set(props.text), [props.text]);
  useEffect(() => field.current?.describe(attributes), [said]);
  useEffect(() => field.current?.show(asLiquid), [asLiquid, groups]);
  useEffect(() => field.current?.mark(props.problems), [props.problems]);
  useImperativeHandle(props.handle, () => ({
    insert: (text, select) => field.current?.insert(text, select),
    insertBlock: (make, below) => field.current?.insertBlock(make, below),
  }));
  return <div ref={host} className="wj-code" data-mono={props.mono || undefined} data-multiline={props.multiline || undefined} />;
}
