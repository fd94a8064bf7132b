/** Names with values: values, headers; and bodies that are text or JSON. */

import { useRef, useState } from "react";

import { readValue, showValue } from "../model/conditions";
import { isRecord, type Json } from "../model/types";
import { IconButton } from "../view/controls";
import { Icon } from "../view/icons";
import { testId, useForm, type FieldProps } from "./scope";
import { LiquidBox } from "../texts/liquid_box";
import { TemplateField } from "./template_field";
import { t } from "../words";

interface Row {
  name: string;
  text: string;
}

export function ValuesField(props: FieldProps) {
  return <Rows {...props} read={readValue} show={showValue} name="name" />;
}

export function HeadersField(props: FieldProps) {
  return <Rows {...props} read={(text) => text} show={(value) => String(value ?? "")} name="header" />;
}

/** Rows of a name and a value. A row without a name stays on screen only. */
function Rows(props: FieldProps & { read: (text: string) => Json; show: (value: Json) => string; name: "name" | "header" }) {
  const { value, at, onChange, read, show, name } = props;
  const { editable } = useForm();
  const given = Object.entries(isRecord(value) ? value : {}).map(([n, v]): Row => ({ name: n, text: show(v) }));
  const [draft, setDraft] = useState<Row[] | null>(null);
  const rows = draft ?? given;
  const box = useRef<HTMLDivElement>(null);
  const set = (next: Row[]) => {
    setDraft(next);
    const named = next.filter((row) => row.name.trim() !== "");
    const made = Object.fromEntries(named.map((row) => [row.name.trim(), read(row.text)]));
    onChange(named.length ? made : undefined);
  };
  const add = () => {
    set([...rows, { name: "", text: "" }]);
    // What is typed next is the new row's name, not the editor's keys.
    requestAnimationFrame(() => box.current?.querySelector<HTMLInputElement>(".wj-pair:last-of-type > input")?.focus());
  };
  const change = (i: number, row: Partial<Row>) => set(rows.map((old, j) => (j === i ? { ...old, ...row } : old)));
  return (
    <div
      ref={box}
      className="wj-pairs"
      data-testid={testId(at)}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setDraft(null);
      }}
    >
      {rows.map((row, i) => (
        <div className="wj-pair" key={i}>
          <input
            className="wj-input"
            data-mono
            aria-label={t("forms.nameN", { name: t(`forms.${name}`), n: i + 1 })}
            data-testid={`${testId(at)}-${i}-name`}
            placeholder={t(`forms.${name}`)}
            readOnly={!editable}
            value={row.name}
            onChange={(event) => change(i, { name: event.target.value })}
          />
          <div>
            <LiquidBox
              text={row.text}
              label={t("forms.valueOf", { name: row.name || t("forms.row", { n: i + 1 }) })}
              id={`${props.id}-${i}`}
              testId={`${testId(at)}-${i}-value`}
              placeholder={t("forms.valuePlaceholder")}
              field={at[0] ?? ""}
              onChange={(text) => change(i, { text })}
            />
          </div>
          {editable ? (
            <IconButton icon="x" label={t("forms.removeNamed", { name: row.name || t("forms.row", { n: i + 1 }) })} onClick={() => set(rows.filter((_, j) => j !== i))} />
          ) : null}
        </div>
      ))}
      {editable ? (
        <button type="button" className="wj-add" data-testid={`${testId(at)}-add`} onClick={add}>
          <Icon name="plus" />
          {t(name === "name" ? "forms.addName" : "forms.addHeader")}
        </button>
      ) : null}
    </div>
  );
}

/** Liquid text, or JSON that the text happens to be. */
export function BodyField(props: FieldProps) {
  const { value, onChange } = props;
  const text = typeof value === "string" || value === undefined ? value : JSON.stringify(value, null, 2);
  const [draft, setDraft] = useState<string | null>(null);
  const asText = draft ?? (typeof text === "string" ? text : "");
  return (
    <div onBlur={() => setDraft(null)}>
      <TemplateField
        {...props}
        schema={{ ...props.schema, "x-field": { ...props.schema["x-field"], kind: "body", multiline: true } }}
        value={asText}
        onChange={(next) => {
          const typed = typeof next === "string" ? next : "";
          setDraft(typed);
          onChange(typed === "" ? undefined : fromBody(typed));
        }}
      />
    </div>
  );
}

function fromBody(text: string): Json {
  if (!/^\s*[{[]/.test(text)) return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text; // not (yet) JSON: it is sent as the text that it is
  }
}

/** Any JSON, for kinds that this editor does not know. */
export function JsonField({ value, at, id, describedBy, onChange }: FieldProps) {
  const { editable } = useForm();
  const [draft, setDraft] = useState<string | null>(null);
  const [wrong, setWrong] = useState(false);
  return (
    <>
      <textarea
        id={id}
        className="wj-input"
        data-mono
        rows={4}
        data-testid={testId(at)}
        aria-describedby={describedBy}
        aria-invalid={wrong || undefined}
        readOnly={!editable}
        value={draft ?? (value === undefined ? "" : JSON.stringify(value, null, 2))}
        onChange={(event) => {
          setDraft(event.target.value);
          try {
            onChange(event.target.value.trim() ? (JSON.parse(event.target.value) as Json) : undefined);
            setWrong(false);
          } catch {
            setWrong(true);
          }
        }}
        onBlur={() => {
          if (!wrong) setDraft(null);
        }}
      />
      {wrong ? <p className="wj-field-problem" data-kind="error">{t("forms.notJson")}</p> : null}
    </>
  );
}
