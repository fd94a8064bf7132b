/** Fields of one line: text, event, path, segment, time zone, slug. */

import { useId, useState } from "react";

import { slug } from "../model/names";
import type { PathScope } from "../model/variables";
import { testId, useForm, useVariables, type FieldProps } from "./scope";

function textOf(value: unknown): string {
  return typeof value === "string" ? value : value === undefined || value === null ? "" : String(value);
}

export function TextField({ schema, value, at, id, describedBy, onChange }: FieldProps) {
  const { editable } = useForm();
  const hint = schema["x-field"];
  const shared = {
    id,
    className: "wj-input",
    "data-testid": testId(at),
    "aria-describedby": describedBy,
    readOnly: !editable,
    placeholder: hint?.placeholder,
    maxLength: schema.maxLength,
    value: textOf(value),
  };
  const change = (text: string) => onChange(text === "" ? undefined : text);
  if (hint?.multiline) {
    return <textarea {...shared} rows={3} onChange={(event) => change(event.target.value)} />;
  }
  return <input {...shared} onChange={(event) => change(event.target.value)} />;
}

interface Suggestion {
  value: string;
  label?: string;
}

/** A text with suggestions that may also be something else. */
export function Suggested(props: {
  value: string;
  id?: string;
  label?: string;
  describedBy?: string;
  testId?: string;
  placeholder?: string;
  mono?: boolean;
  suggestions: readonly Suggestion[];
  onChange: (value: string) => void;
}) {
  const { editable } = useForm();
  const list = useId();
  return (
    <>
      <input
        id={props.id}
        className="wj-input"
        data-mono={props.mono || undefined}
        aria-label={props.label}
        aria-describedby={props.describedBy}
        data-testid={props.testId}
        placeholder={props.placeholder}
        readOnly={!editable}
        autoComplete="off"
        spellCheck={false}
        list={list}
        value={props.value}
        onChange={(event) => props.onChange(event.target.value)}
      />
      <datalist id={list}>
        {props.suggestions.map((s) => (
          <option key={s.value} value={s.value}>
            {s.label}
          </option>
        ))}
      </datalist>
    </>
  );
}

function SuggestedField(props: FieldProps & { suggestions: readonly Suggestion[]; mono?: boolean }) {
  const { schema, value, at, id, describedBy, onChange, suggestions, mono } = props;
  return (
    <Suggested
      id={id}
      describedBy={describedBy}
      testId={testId(at)}
      placeholder={schema["x-field"]?.placeholder}
      suggestions={suggestions}
      mono={mono}
      value={textOf(value)}
      onChange={(text) => onChange(text.trim() === "" ? undefined : text.trim())}
    />
  );
}

export function EventField(props: FieldProps) {
  const { catalogue, doc } = useForm();
  const used = doc.nodes.map((n) => n.config?.event).filter((e) => typeof e === "string" && e !== props.value);
  const names = [...new Set([...catalogue.fields.events.map((e) => e.name), ...(used as string[])])];
  return <SuggestedField {...props} mono suggestions={names.map((value) => ({ value }))} />;
}

export function PathField(props: FieldProps) {
  const of = props.schema["x-field"]?.of === "body" ? "body" : "run";
  return <SuggestedField {...props} mono suggestions={usePaths(of)} />;
}

export function usePaths(scope: PathScope): Suggestion[] {
  const groups = useVariables(scope);
  return groups.flatMap((group) =>
    group.items.map((item) => ({ value: item.path, label: `${group.title}: ${item.label}` })),
  );
}

export function SegmentField(props: FieldProps) {
  return <SuggestedField {...props} suggestions={[]} />;
}

export function TimeZoneField(props: FieldProps) {
  const zones = Intl.supportedValuesOf("timeZone");
  return <SuggestedField {...props} suggestions={zones.map((value) => ({ value }))} />;
}

/** The name of a way. It is taken over on leaving the field, so that its edges follow whole names. */
export function SlugField({ schema, value, at, id, describedBy, onChange }: FieldProps) {
  const { editable } = useForm();
  const [draft, setDraft] = useState<string | null>(null);
  const reserved = schema.not?.enum ?? [];
  const done = () => {
    if (draft === null) return;
    const next = slug(draft);
    setDraft(null);
    if (next && next !== value) onChange(reserved.includes(next) ? `${next}_1` : next);
  };
  return (
    <input
      id={id}
      className="wj-input"
      data-testid={testId(at)}
      aria-describedby={describedBy}
      readOnly={!editable}
      placeholder={schema["x-field"]?.placeholder}
      maxLength={48}
      value={draft ?? textOf(value)}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={done}
      onKeyDown={(event) => {
        if (event.key === "Enter") done();
      }}
    />
  );
}
