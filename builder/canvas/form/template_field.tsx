/** Liquid text with a menu of what can be inserted. */

import { useRef, useState } from "react";

import type { Json } from "../model/types";
import { arrows, useOutside } from "../view/controls";
import { Icon } from "../view/icons";
import { testId, useForm, useVariables, type FieldProps } from "./scope";

export function HtmlField(props: FieldProps) {
  return <TemplateField {...props} mono />;
}

export function TemplateField(props: FieldProps & { mono?: boolean }) {
  const { schema, value, at, id, describedBy, onChange, mono } = props;
  const { editable } = useForm();
  const control = useRef<HTMLTextAreaElement & HTMLInputElement>(null);
  const chips = useRef<HTMLDivElement>(null);
  const hint = schema["x-field"];
  const text = Array.isArray(value) ? value.map(String).join("\n") : typeof value === "string" ? value : "";
  const set = (next: string) => onChange(written(next, value));
  const insert = (path: string) => {
    const field = control.current;
    const [from, to] = [field?.selectionStart ?? text.length, field?.selectionEnd ?? text.length];
    const piece = `{{ ${path} }}`;
    set(text.slice(0, from) + piece + text.slice(to));
    requestAnimationFrame(() => {
      field?.focus();
      field?.setSelectionRange(from + piece.length, from + piece.length);
    });
  };
  const follow = () => {
    if (!chips.current || !control.current) return;
    chips.current.scrollTop = control.current.scrollTop;
    chips.current.scrollLeft = control.current.scrollLeft;
  };
  const shared = {
    ref: control,
    id,
    className: "wj-input",
    "data-mono": mono || undefined,
    "data-testid": testId(at),
    "aria-describedby": describedBy,
    readOnly: !editable,
    placeholder: hint?.placeholder,
    value: text,
  };
  const lines = Math.min(14, Math.max(mono ? 6 : 4, text.split("\n").length + 1));
  return (
    <div className="wj-template">
      {editable ? <InsertMenu label={hint?.label ?? "text"} onInsert={insert} /> : null}
      <div className="wj-liquid" data-multiline={hint?.multiline || undefined}>
        <div className="wj-liquid-chips" aria-hidden="true" ref={chips} data-mono={mono || undefined}>
          {pieces(text)}
        </div>
        {hint?.multiline ? (
          <textarea {...shared} rows={lines} onScroll={follow} onChange={(event) => set(event.target.value)} />
        ) : (
          <input {...shared} onScroll={follow} onChange={(event) => set(event.target.value)} />
        )}
      </div>
    </div>
  );
}

/** The text once more, behind the field, so that what is filled in stands on a chip. */
function pieces(text: string) {
  return text
    .split(/(\{\{.*?\}\}|\{%.*?%\})/s)
    .map((piece, i) => (i % 2 ? <mark key={i}>{piece}</mark> : piece))
    .concat("\u200b");
}

/** What was a list of lines in the document stays one. */
function written(text: string, before: Json | undefined): Json | undefined {
  if (text === "") return undefined;
  return Array.isArray(before) ? text.split("\n") : text;
}

function InsertMenu({ label, onInsert }: { label: string; onInsert: (path: string) => void }) {
  const groups = useVariables("run");
  const [open, setOpen] = useState(false);
  const [search, setSearch] = useState("");
  const root = useRef<HTMLDivElement>(null);
  useOutside(root, open, () => setOpen(false));
  const close = () => {
    setOpen(false);
    root.current?.querySelector<HTMLElement>("button")?.focus();
  };
  const fits = (text: string) => text.toLowerCase().includes(search.trim().toLowerCase());
  return (
    <div className="wj-insert" ref={root} onKeyDown={(event) => arrows(event, "input, .wj-variable", open ? close : undefined)}>
      <button type="button" className="wj-link" aria-expanded={open} aria-label={`Insert a value into ${label}`} onClick={() => setOpen(!open)}>
        <Icon name="plus" size={12} />
        Insert
      </button>
      {open ? (
        <div className="wj-variables" role="dialog" aria-label="Values to insert">
          <input
            className="wj-input"
            aria-label="Find a value"
            placeholder="Find a value"
            autoFocus
            value={search}
            onChange={(event) => setSearch(event.target.value)}
          />
          <div>
            {groups.map((group) => {
              const items = group.items.filter((i) => fits(`${group.title} ${i.label} ${i.path}`));
              if (items.length === 0) return null;
              return (
                <section key={group.title} aria-label={group.title}>
                  <h3>{group.title}</h3>
                  {items.map((item) => (
                    <button
                      key={item.path}
                      type="button"
                      className="wj-variable"
                      onClick={() => {
                        setOpen(false);
                        setSearch("");
                        onInsert(item.path);
                      }}
                    >
                      <span>{item.label}</span>
                      <code>{item.path}</code>
                    </button>
                  ))}
                </section>
              );
            })}
          </div>
        </div>
      ) : null}
    </div>
  );
}
