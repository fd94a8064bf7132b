/** Fields made of other fields: a group, a list of rows, one of several kinds, lines. */

import { useRef } from "react";

import type { Json, Schema } from "../model/types";
import { IconButton } from "../view/controls";
import { Icon } from "../view/icons";
import { CONTROLS } from "./kinds";
import { asConfig, ObjectForm } from "./object_form";
import { labelOf, testId, useForm, type FieldProps } from "./scope";
import { t } from "../words";

export function GroupField({ schema, value, at, onChange }: FieldProps) {
  return (
    <div className="wj-rows" data-testid={testId(at)}>
      <ObjectForm
        schema={schema}
        value={asConfig(value)}
        at={at}
        onChange={(next) => onChange(Object.keys(next).length ? next : undefined)}
      />
    </div>
  );
}

export function ListingField({ schema, value, at, onChange }: FieldProps) {
  const { editable } = useForm();
  const rows = Array.isArray(value) ? value : [];
  const item = schema.items ?? {};
  const set = (next: Json[]) => onChange(next.length ? next : undefined);
  const box = useRef<HTMLDivElement>(null);
  const add = () => {
    set([...rows, starting(item, rows, schema)]);
    // What is typed next goes into the new row, not to the editor's keys.
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(".wj-row:last-of-type :is(input, select, textarea)")?.focus());
  };
  const swap = (a: number, b: number) => {
    const next = [...rows];
    [next[a], next[b]] = [next[b] as Json, next[a] as Json];
    set(next);
  };
  const first = Object.entries(item.properties ?? {})[0];
  const word = (first ? labelOf(first[1], first[0]) : t("forms.name"));
  const words = rows.length ? t("forms.addAnother") : t("forms.addOne", { what: word });
  return (
    <div ref={box} className="wj-listing" data-testid={testId(at)}>
      {rows.map((row, i) => (
        <div className="wj-row" key={i} role="group" aria-label={t("forms.row", { n: i + 1 })}>
          <ObjectForm
            schema={item}
            value={asConfig(row)}
            at={[...at, String(i)]}
            onChange={(next) => set(rows.map((old, j) => (j === i ? next : old)))}
          />
          {editable ? (
            <div className="wj-row-tools">
              <IconButton icon="arrow-up" label={t("forms.moveRowUp", { n: i + 1 })} disabled={i === 0} onClick={() => swap(i, i - 1)} />
              <IconButton icon="arrow-down" label={t("forms.moveRowDown", { n: i + 1 })} disabled={i === rows.length - 1} onClick={() => swap(i, i + 1)} />
              <IconButton icon="trash-2" label={t("forms.removeRow", { n: i + 1 })} onClick={() => set(rows.filter((_, j) => j !== i))} />
            </div>
          ) : null}
        </div>
      ))}
      {editable && rows.length < (schema.maxItems ?? 50) ? (
        <button
          type="button"
          className="wj-add"
          data-testid={`${testId(at)}-add`}
          aria-label={t("forms.addTo", { what: words, label: labelOf(schema, t("forms.theList")) })}
          onClick={add}
        >
          <Icon name="plus" />
          {words}
        </button>
      ) : null}
    </div>
  );
}

/** A new row: what the item's schema asks for at least, with a free name where a way is named. */
function starting(item: Schema, rows: readonly Json[], list: Schema): Json {
  const row: { [field: string]: Json } = {};
  for (const [name, schema] of Object.entries(item.properties ?? {})) {
    const kind = schema["x-field"]?.kind;
    if (schema.default !== undefined) continue;
    if (kind === "slug") row[name] = freeName(rows, name, labelOf(list, "way"));
    else if (kind === "number" && item.required?.includes(name)) row[name] = 1;
  }
  return row;
}

function freeName(rows: readonly Json[], field: string, label: string): string {
  const taken = new Set(rows.map((row) => asConfig(row)[field]));
  const stem = label.toLowerCase().replace(/s$/, "").replace(/[^a-z0-9]+/g, "_");
  for (let n = rows.length + 1; ; n += 1) if (!taken.has(`${stem}_${n}`)) return `${stem}_${n}`;
}

/** One of several schemas: the fixed words of all of them, or a number or text. */
export function EitherField({ schema, value, at, id, onChange }: FieldProps) {
  const { editable } = useForm();
  const options = schema.anyOf ?? [];
  const words = options.flatMap((o) => o.enum ?? (o.const === undefined ? [] : [o.const])).map(String);
  const free = options.find((o) => !o.enum && o.const === undefined);
  const now = value ?? schema.default;
  const isWord = now === undefined || words.includes(String(now));
  const Control = free && CONTROLS[free.type === "string" ? "text" : "number"];
  const start = free?.type === "string" ? "" : (free?.minimum ?? 1);
  return (
    <div className="wj-amount">
      <select
        id={id}
        className="wj-select"
        aria-label={schema["x-field"]?.label}
        data-testid={testId(at)}
        disabled={!editable}
        value={isWord ? String(now ?? "") : "…"}
        onChange={(event) => onChange(event.target.value === "…" ? start : event.target.value)}
      >
        {words.map((word) => (
          <option key={word} value={word}>
            {schema["x-field"]?.options?.[word] ?? word}
          </option>
        ))}
        {free ? <option value="…">{free.title ?? t(free.type === "string" ? "forms.aText" : "forms.aNumber")}</option> : null}
      </select>
      {!isWord && Control && free ? (
        <Control schema={{ ...free, "x-field": { kind: "number", label: t("forms.number") } }} value={now} at={[...at, "number"]} id={`${id}-free`} onChange={onChange} />
      ) : null}
    </div>
  );
}

/** A list of texts, one a line. */
export function LinesField({ schema, value, at, id, describedBy, onChange }: FieldProps) {
  const { editable } = useForm();
  const text = Array.isArray(value) ? value.map(String).join("\n") : typeof value === "string" ? value : "";
  return (
    <textarea
      id={id}
      className="wj-input wj-lines"
      rows={Math.min(8, Math.max(1, text.split("\n").length))}
      data-testid={testId(at)}
      aria-describedby={describedBy}
      readOnly={!editable}
      placeholder={schema["x-field"]?.placeholder}
      value={text}
      onChange={(event) => onChange(event.target.value ? event.target.value.split("\n") : undefined)}
    />
  );
}
