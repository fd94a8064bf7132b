/** A form for an object: its fields in the order of the schema, rare ones folded in groups. */

import { useId, useState, type ReactNode } from "react";

import { groupsOf, isShown, setFields, type Group } from "../model/forms";
import { ofField } from "../model/problems";
import { isRecord, type Config, type Json, type Schema } from "../model/types";
import { AtField, FIELD, fieldOf } from "../together/at_field";
import { t } from "../words";
import { FieldProblem } from "./field_problem";
import { CONTROLS, OWN_LABEL } from "./kinds";
import { labelOf, useForm } from "./scope";

interface Props {
  schema: Schema;
  value: Config;
  at: readonly string[];
  onChange: (value: Config, field: string) => void;
}

export function ObjectForm({ schema, value, at, onChange }: Props) {
  const set = (name: string, next: Json | undefined) => {
    const { [name]: _, ...rest } = value;
    onChange(next === undefined ? rest : inOrder({ ...rest, [name]: next }, schema), name);
  };
  const field = (name: string, own: Schema) =>
    isShown(schema, value, name) ? (
      <Field
        key={name}
        name={name}
        schema={own}
        required={schema.required?.includes(name) ?? false}
        value={value[name]}
        at={[...at, name]}
        onChange={(next) => set(name, next)}
      />
    ) : null;
  return (
    <div className="wj-form">
      {groupsOf(schema).map((group) =>
        group.name ? (
          <Folded key={group.name} group={group} schema={schema} value={value} at={at}>
            {group.fields.map(([name, own]) => field(name, own))}
          </Folded>
        ) : (
          group.fields.map(([name, own]) => field(name, own))
        ),
      )}
    </div>
  );
}

interface FoldedProps {
  group: Group;
  schema: Schema;
  value: Config;
  at: readonly string[];
  children: ReactNode;
}

/** Fields that are seldom needed. Whether they are open is remembered for the kind of node. */
function Folded({ group, schema, value, at, children }: FoldedProps) {
  const { problems, doc, node } = useForm();
  const type = doc.nodes.find((n) => n.id === node)?.type ?? "";
  const key = [type, ...at.filter((part) => !/^\d+$/.test(part)), group.name].join("/");
  const [kept, setKept] = useState(() => remembered(key));
  const count = setFields(schema, value, group).length;
  const wrong = group.fields.some(([name]) => ofField(problems, [...at, name]).length > 0);
  if (!group.fields.some(([name]) => isShown(schema, value, name))) return null;
  const open = wrong || (kept ?? count > 0);
  const title = group.name === "more" ? t("forms.more") : group.name === "advanced" ? t("forms.advanced") : group.name;
  return (
    <details
      className="wj-group"
      open={open}
      onToggle={(event) => {
        const now = event.currentTarget.open;
        if (event.target !== event.currentTarget || now === open) return;
        setKept(now);
        remember(key, now);
      }}
    >
      <summary>
        {title}
        {count ? <i> {t("forms.groupSet", { count })}</i> : null}
      </summary>
      {children}
    </details>
  );
}

const STORED = "wayline.groups";

function all(): { [key: string]: boolean } {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(STORED) ?? "{}");
    return isRecord(found) ? (found as { [key: string]: boolean }) : {};
  } catch {
    return {}; // shut by the browser's settings: groups open as their fields are set
  }
}

function remembered(key: string): boolean | undefined {
  return all()[key];
}

function remember(key: string, open: boolean): void {
  try {
    localStorage.setItem(STORED, JSON.stringify({ ...all(), [key]: open }));
  } catch {
    // it is not kept then
  }
}

/** Kinds that tell by themselves, in the text, where their Liquid is wrong. */
const TEXTS = new Set(["template", "html", "body", "values", "headers"]);
const MARKED = new Set(["liquid", "unseen"]); // by the field itself, where they stand

interface FieldFrame {
  name: string;
  schema: Schema;
  required: boolean;
  value: Json | undefined;
  at: readonly string[];
  onChange: (value: Json | undefined) => void;
}

/** A label, the control of the field's kind, its help and its problems. */
function Field({ name, schema, required, value, at, onChange }: FieldFrame) {
  const { problems, editable, node } = useForm();
  const id = useId();
  const told = fieldOf(node, at.join("."));
  const hint = schema["x-field"];
  const kind = hint?.kind ?? "text";
  const Control = CONTROLS[kind] ?? CONTROLS.json;
  const own = ofField(problems, at)
    .filter((p) => !isNested(kind) || exact(p.path, at))
    .filter((p) => !(editable && MARKED.has(p.code) && TEXTS.has(kind)));
  const label = labelOf(schema, name);
  const described = hint?.help || own.length ? `${id}-about` : undefined;
  if (!Control) return null;
  const control = <Control schema={schema} value={value} at={at} id={id} describedBy={described} onChange={onChange} />;
  const about: ReactNode = described ? (
    <div id={described}>
      {own.map((problem, i) => (
        <FieldProblem key={`${problem.code}/${i}`} problem={problem} />
      ))}
      {hint?.help ? <p className="wj-help">{hint.help}</p> : null}
    </div>
  ) : null;
  const needed = required && (value === undefined || value === "") ? <i> {t("forms.needed")}</i> : null;
  if (OWN_LABEL.has(kind)) {
    return (
      <fieldset className="wj-field" data-kind={kind} {...{ [FIELD]: told }} aria-describedby={described}>
        <legend className="wj-label">
          {label}
          {needed}
          <AtField field={told} within={!editable} />
        </legend>
        {control}
        {about}
      </fieldset>
    );
  }
  return (
    <div className="wj-field" data-kind={kind} {...{ [FIELD]: told }} data-invalid={own.some((p) => p.severity === "error") || undefined}>
      <label className="wj-label" htmlFor={id}>
        {label}
        {needed}
        <AtField field={told} within={!editable} />
      </label>
      {control}
      {about}
    </div>
  );
}

/** Problems of the rows inside stand at the rows. */
function isNested(kind: string): boolean {
  return kind === "listing" || kind === "group" || kind === "condition";
}

function exact(path: string, at: readonly string[]): boolean {
  return path.split(/[./[\]]+/).filter(Boolean).at(-1) === at.at(-1);
}

/** Keys in the order of the schema, so that the same config is always the same text. */
function inOrder(value: Config, schema: Schema): Config {
  const known = Object.keys(schema.properties ?? {}).filter((key) => key in value);
  const rest = Object.keys(value).filter((key) => !known.includes(key));
  return Object.fromEntries([...known, ...rest].map((key) => [key, value[key] as Json]));
}

export function asConfig(value: Json | undefined): Config {
  return isRecord(value) ? value : {};
}
