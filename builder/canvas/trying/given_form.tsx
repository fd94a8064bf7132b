/** What a test is made with: the trigger, an event, who it is about; as fields or as JSON. */

import { useId, useRef } from "react";

import { useEditor, useSlice, useStore } from "../view/context";
import { t } from "../words";
import { asJson, fieldsOf, readJson, withField, type Field, type Read } from "./given";
import { trying } from "./state";
import type { Sample } from "./types";
import { sampleText } from "./wording";

export function GivenForm() {
  const own = trying(useStore());
  const samples = useSlice(own.slice, (s) => s.samples);
  const trigger = useSlice(own.slice, (s) => s.trigger);
  const sample = useSlice(own.slice, (s) => s.sample);
  const text = useSlice(own.slice, (s) => s.text);
  const given = useSlice(own.slice, (s) => s.given);
  if (!samples) return <p className="wj-quiet">{t("try.loading")}</p>;
  if (samples.triggers.length === 0) return <p className="wj-quiet">{t("try.no_trigger")}</p>;
  const now = samples.triggers.find((one) => one.node === trigger) ?? samples.triggers[0];
  const chosen = now?.samples.find((one) => one.id === sample);
  return (
    <div className="wj-form wj-try-form">
      {samples.triggers.length > 1 ? (
        <label className="wj-field">
          <span className="wj-label">{t("try.trigger")}</span>
          <select className="wj-select" data-testid="try-trigger" value={now?.node} onChange={(event) => own.choose(samples.triggers.find((one) => one.node === event.target.value))}>
            {samples.triggers.map((one) => (
              <option key={one.node} value={one.node}>
                {one.title}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      <label className="wj-field">
        <span className="wj-label">{t("try.event")}</span>
        <select className="wj-select" data-testid="try-sample" value={sample} onChange={(event) => own.choose(now, now?.samples.find((one) => one.id === event.target.value))}>
          {sample === "" ? <option value="">{t("try.of_a_run")}</option> : null}
          <Choices samples={now?.samples ?? []} />
        </select>
        <p className="wj-help">
          <code>{now?.event}</code>
          {chosen?.fits ? ` ${chosen.fits}` : null}
        </p>
        {chosen?.origin === "template" && Object.keys(chosen.pins ?? {}).length > 0 ? <p className="wj-help">{t("try.sample_pins")}</p> : null}
      </label>
      <Who />
      <div className="wj-switch" role="group" aria-label={t("try.edit_as")}>
        <button type="button" aria-pressed={text === null} disabled={text !== null && !readJson(text).ok} onClick={() => own.slice.set({ text: null })}>
          {t("try.fields")}
        </button>
        <button type="button" aria-pressed={text !== null} data-testid="try-json" onClick={() => own.slice.set({ text: text ?? asJson(given) })}>
          JSON
        </button>
      </div>
      {text === null ? <Fields /> : <Raw text={text} />}
    </div>
  );
}

/** Those of the draft's template stand together. */
function Choices({ samples }: { samples: readonly Sample[] }) {
  const doc = useEditor((s) => s.document);
  const types = useEditor((s) => s.types);
  const options = (some: readonly Sample[]) =>
    some.map((one) => (
      <option key={one.id} value={one.id}>
        {sampleText(one, doc, types)}
      </option>
    ));
  const [first, ours] = [samples.filter((one) => one.origin === "real"), samples.filter((one) => one.origin === "template")];
  return (
    <>
      {options(first)}
      {ours.length ? <optgroup label={t("try.of_template")}>{options(ours)}</optgroup> : null}
      {options(samples.filter((one) => !first.includes(one) && !ours.includes(one)))}
    </>
  );
}

const NOBODY = "\u0000nobody";
const MADE = "\u0000made";
const WAIT = 250; // milliseconds after the last key until customers are looked for

function Who() {
  const own = trying(useStore());
  const given = useSlice(own.slice, (s) => s.given);
  const people = useSlice(own.slice, (s) => s.people);
  const samples = useSlice(own.slice, (s) => s.samples);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const { customer } = given;
  const value = customer === null ? NOBODY : typeof customer === "string" ? customer : MADE;
  const known = [...people, ...(samples?.customers ?? [])].find((one) => one.id === customer);
  const choose = (wanted: string) => {
    const made = samples?.triggers.flatMap((one) => one.samples).find((one) => one.origin === "made")?.customer;
    own.give({ ...given, customer: wanted === NOBODY ? null : wanted === MADE ? { ...made } : wanted });
  };
  return (
    <div className="wj-field">
      <label className="wj-label" htmlFor="wj-try-who">
        {t("try.customer")}
      </label>
      <select id="wj-try-who" className="wj-select" data-testid="try-customer" value={value} onChange={(event) => choose(event.target.value)}>
        <option value={MADE}>{t("try.made_up_customer")}</option>
        <option value={NOBODY}>{t("try.nobody")}</option>
        {typeof customer === "string" && !people.some((one) => one.id === customer) ? <option value={customer}>{known?.name ?? customer}</option> : null}
        {people.map((one) => (
          <option key={one.id} value={one.id}>
            {one.email && one.email !== one.name ? `${one.name} (${one.email})` : one.name}
          </option>
        ))}
      </select>
      {people.length > 0 || (samples?.customers.length ?? 0) > 0 ? (
        <input
          className="wj-input"
          type="search"
          aria-label={t("try.find_customer")}
          placeholder={t("try.find_customer")}
          data-testid="try-find"
          onChange={(event) => {
            const words = event.target.value;
            clearTimeout(timer.current);
            timer.current = setTimeout(() => void own.find(words), WAIT);
          }}
        />
      ) : null}
    </div>
  );
}

function Fields() {
  const own = trying(useStore());
  const given = useSlice(own.slice, (s) => s.given);
  const fields = fieldsOf(given);
  if (fields.length === 0) return <p className="wj-quiet">{t("try.no_fields")}</p>;
  const groups = [
    { title: t("try.of_event"), fields: fields.filter((f) => f.at[0] === "properties") },
    { title: t("try.of_customer"), fields: fields.filter((f) => f.at[0] === "customer") },
  ].filter((group) => group.fields.length > 0);
  return (
    <>
      {groups.map((group) => (
        <fieldset key={group.title} className="wj-try-fields">
          <legend className="wj-label">{group.title}</legend>
          {group.fields.map((field) => (
            <One key={field.at.join(".")} field={field} onChange={(value) => own.give(withField(given, field.at, value))} />
          ))}
        </fieldset>
      ))}
    </>
  );
}

function One({ field, onChange }: { field: Field; onChange: (value: string | number | boolean) => void }) {
  const id = useId();
  const name = `try-field-${field.at.at(-1)}`;
  return (
    <div className="wj-try-field">
      <label htmlFor={id}>{field.label}</label>
      {field.kind === "switch" ? (
        <input id={id} type="checkbox" checked={field.value === true} data-testid={name} onChange={(event) => onChange(event.target.checked)} />
      ) : (
        <input
          id={id}
          className="wj-input"
          type={field.kind === "number" ? "number" : "text"}
          step="any"
          value={String(field.value)}
          data-testid={name}
          onChange={(event) => {
            const number = event.target.valueAsNumber;
            if (field.kind === "text") onChange(event.target.value);
            else if (Number.isFinite(number)) onChange(number);
          }}
        />
      )}
    </div>
  );
}

function Raw({ text }: { text: string }) {
  const own = trying(useStore());
  const id = useId();
  const read = readJson(text);
  return (
    <div className="wj-field">
      <textarea
        className="wj-input"
        data-mono
        rows={10}
        spellCheck={false}
        aria-label={t("try.json")}
        aria-invalid={!read.ok}
        aria-describedby={read.ok ? undefined : id}
        data-testid="try-text"
        value={text}
        onChange={(event) => own.type(event.target.value)}
      />
      {read.ok ? null : (
        <p id={id} className="wj-try-failure" role="alert">
          {wrongText(read)}
        </p>
      )}
    </div>
  );
}

function wrongText(read: Exclude<Read, { ok: true }>): string {
  if (read.kind === "json") return t("try.bad_json", { line: read.line, column: read.column });
  return t(`try.bad_${read.kind}`);
}
