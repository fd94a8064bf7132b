/** Durations and moments: an amount with a unit, a date, or the place where one stands. */

import { useState } from "react";

import { asAmount, durationWords, fromAmount, parseDuration, type Unit } from "../model/durations";
import type { Json } from "../model/types";
import { testId, useForm, type FieldProps } from "./scope";
import { VariableBox } from "./picker";
import { t } from "../words";

const UNITS: Unit[] = ["minutes", "hours", "days", "weeks", "months"];

/** An amount with a unit. A duration of several parts stays text. */
export function Amount(props: {
  value: Json | undefined;
  signed?: boolean;
  id?: string;
  label?: string;
  describedBy?: string;
  testId?: string;
  placeholder?: string;
  onChange: (value: string | undefined) => void;
}) {
  const { editable } = useForm();
  const [kept, setKept] = useState<Unit>("days");
  const text = typeof props.value === "string" ? props.value : "";
  const parts = asAmount(text);
  const shared = { id: props.id, "aria-describedby": props.describedBy, "data-testid": props.testId };
  if (text && !parts) {
    return (
      <div className="wj-amount">
        <input
          {...shared}
          className="wj-input"
          data-mono
          aria-label={props.label}
          readOnly={!editable}
          value={text}
          onChange={(event) => props.onChange(event.target.value || undefined)}
        />
        <span className="wj-quiet">{parseDuration(text) ? durationWords(text) : t("forms.sayDuration")}</span>
      </div>
    );
  }
  const unit = parts?.unit ?? kept;
  const negative = parts?.negative ?? false;
  const units = UNITS.includes(unit) ? UNITS : [...UNITS, unit];
  return (
    <div className="wj-amount">
      <input
        {...shared}
        type="text"
        inputMode="numeric"
        className="wj-input wj-short"
        aria-label={props.label ?? t("forms.amount")}
        readOnly={!editable}
        placeholder={props.placeholder ?? "0"}
        value={parts ? String(parts.amount) : ""}
        onChange={(event) => {
          const typed = event.target.value.trim().toUpperCase();
          if (/^-?P/.test(typed)) props.onChange(typed);
          else if (/^\d{0,6}$/.test(typed)) props.onChange(typed ? fromAmount(Number(typed), unit, negative) : undefined);
        }}
      />
      <select
        className="wj-select"
        aria-label={t("forms.unitLabel")}
        disabled={!editable}
        value={unit}
        data-testid={props.testId ? `${props.testId}-unit` : undefined}
        onChange={(event) => {
          const next = event.target.value as Unit;
          setKept(next);
          if (parts) props.onChange(fromAmount(parts.amount, next, negative));
        }}
      >
        {units.map((u) => (
          <option key={u} value={u}>
            {t(`forms.units.${u}`)}
          </option>
        ))}
      </select>
      {props.signed ? (
        <select
          className="wj-select"
          aria-label={t("forms.direction")}
          disabled={!editable || !parts}
          value={negative ? "before" : "after"}
          onChange={(event) =>
            parts && props.onChange(fromAmount(parts.amount, unit, event.target.value === "before"))
          }
        >
          <option value="before">{t("forms.before")}</option>
          <option value="after">{t("forms.after")}</option>
        </select>
      ) : null}
    </div>
  );
}

export function DurationField({ schema, value, at, id, describedBy, onChange }: FieldProps) {
  const hint = schema["x-field"];
  return (
    <Amount
      id={id}
      label={hint?.label}
      signed={hint?.signed}
      describedBy={describedBy}
      testId={testId(at)}
      value={value}
      onChange={onChange}
    />
  );
}

type Mode = "from now" | "date" | "path";

function modeOf(value: Json | undefined, modes: Mode[]): Mode | null {
  if (typeof value !== "string" || value === "") return null;
  if (/^-?P/.test(value) && modes.includes("from now")) return "from now";
  return /^\d{4}-/.test(value) ? "date" : "path";
}

const SAID = { "from now": "forms.someTime", date: "forms.onDate", path: "forms.atPath" } as const;

export function MomentField(props: FieldProps) {
  return <When {...props} modes={["path", "date"]} />;
}

export function DueField(props: FieldProps) {
  return <When {...props} modes={["from now", "date", "path"]} />;
}

function When({ value, at, describedBy, schema, onChange, modes }: FieldProps & { modes: Mode[] }) {
  const { editable } = useForm();
  const [chosen, setChosen] = useState<Mode | null>(null);
  const mode = chosen ?? modeOf(value, modes) ?? modes[0] ?? "date";
  const text = typeof value === "string" ? value : "";
  const own = modeOf(value, modes) === mode ? text : "";
  const label = schema["x-field"]?.label ?? t("forms.timeLabel");
  return (
    <div className="wj-when">
      <select
        className="wj-select"
        aria-label={t("forms.how", { label })}
        disabled={!editable}
        value={mode}
        onChange={(event) => {
          setChosen(event.target.value as Mode);
          onChange(undefined);
        }}
      >
        {modes.map((m) => (
          <option key={m} value={m}>
            {t(SAID[m])}
          </option>
        ))}
      </select>
      {mode === "from now" ? (
        <Amount label={label} describedBy={describedBy} testId={testId(at)} value={own} onChange={onChange} />
      ) : null}
      {mode === "date" ? (
        <input
          type="datetime-local"
          className="wj-input"
          aria-label={label}
          aria-describedby={describedBy}
          data-testid={testId(at)}
          readOnly={!editable}
          value={own.slice(0, 16)}
          onChange={(event) => onChange(event.target.value || undefined)}
        />
      ) : null}
      {mode === "path" ? (
        <VariableBox
          label={label}
          describedBy={describedBy}
          testId={testId(at)}
          placeholder="event.properties.starts_at"
          value={own}
          onChange={(next) => onChange(next || undefined)}
        />
      ) : null}
    </div>
  );
}
