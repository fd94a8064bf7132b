/** A form for an object: its fields in the order of the schema, rare ones folded under "More". */

import { useId, type ReactNode } from "react";

import { ofField } from "../model/problems";
import { isRecord, type Config, type Json, type Schema } from "../model/types";
import { Icon } from "../view/icons";
import { CONTROLS, OWN_LABEL } from "./kinds";
import { labelOf, useForm } from "./scope";

interface Props {
  schema: Schema;
  value: Config;
  at: readonly string[];
  onChange: (value: Config, field: string) => void;
}

export function ObjectForm({ schema, value, at, onChange }: Props) {
  const { problems } = useForm();
  const fields = Object.entries(schema.properties ?? {});
  const groups = [...new Set(fields.map(([, s]) => s["x-field"]?.group ?? ""))];
  const set = (name: string, next: Json | undefined) => {
    const { [name]: _, ...rest } = value;
    onChange(next === undefined ? rest : inOrder({ ...rest, [name]: next }, schema), name);
  };
  const field = ([name, own]: [string, Schema]) => (
    <Field
      key={name}
      name={name}
      schema={own}
      required={schema.required?.includes(name) ?? false}
      value={value[name]}
      at={[...at, name]}
      onChange={(next) => set(name, next)}
    />
  );
  return (
    <div className="wj-form">
      {groups.map((group) => {
        const own = fields.filter(([, s]) => (s["x-field"]?.group ?? "") === group);
        if (!group) return own.map(field);
        const busy = own.some(
          ([name]) => value[name] !== undefined || ofField(problems, [...at, name]).length > 0,
        );
        return (
          <details key={group} className="wj-group" open={busy || undefined}>
            <summary>{group === "more" ? "More" : group}</summary>
            {own.map(field)}
          </details>
        );
      })}
    </div>
  );
}

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
  const { problems } = useForm();
  const id = useId();
  const hint = schema["x-field"];
  const kind = hint?.kind ?? "text";
  const Control = CONTROLS[kind] ?? CONTROLS.json;
  const own = ofField(problems, at).filter((p) => !isNested(kind) || exact(p.path, at));
  const label = labelOf(schema, name);
  const described = hint?.help || own.length ? `${id}-about` : undefined;
  if (!Control) return null;
  const control = <Control schema={schema} value={value} at={at} id={id} describedBy={described} onChange={onChange} />;
  const about: ReactNode = described ? (
    <div id={described}>
      {own.map((problem, i) => (
        <p key={`${problem.code}/${i}`} className="wj-field-problem" data-kind={problem.severity}>
          <Icon name={problem.severity === "error" ? "circle-alert" : "triangle-alert"} size={12} />
          {problem.message}
        </p>
      ))}
      {hint?.help ? <p className="wj-help">{hint.help}</p> : null}
    </div>
  ) : null;
  if (OWN_LABEL.has(kind)) {
    return (
      <fieldset className="wj-field" data-kind={kind} aria-describedby={described}>
        <legend className="wj-label">{label}</legend>
        {control}
        {about}
      </fieldset>
    );
  }
  return (
    <div className="wj-field" data-kind={kind} data-invalid={own.some((p) => p.severity === "error") || undefined}>
      <label className="wj-label" htmlFor={id}>
        {label}
        {required && (value === undefined || value === "") ? <i> needed</i> : null}
      </label>
      {control}
      {about}
    </div>
  );
}

function isNested(kind: string): boolean {
  return kind === "listing" || kind === "group";
}

/** Problems of the rows inside of a list stand at the rows. */
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
