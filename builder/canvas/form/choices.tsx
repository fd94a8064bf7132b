/** Fields with something to choose: choice, number, switch, credential, an earlier node. */

import { useState } from "react";

import { before } from "../model/graph";
import { titleOf } from "../model/sentences";
import { testId, useForm, type FieldProps } from "./scope";
import { t } from "../words";

export function ChoiceField({ schema, value, at, id, describedBy, onChange }: FieldProps) {
  const { editable } = useForm();
  const options = Object.entries(schema["x-field"]?.options ?? {});
  const now = value ?? schema.default ?? "";
  const known = options.some(([option]) => option === now);
  return (
    <select
      id={id}
      className="wj-select"
      data-testid={testId(at)}
      aria-describedby={describedBy}
      disabled={!editable}
      value={String(now)}
      onChange={(event) => onChange(event.target.value === "" ? undefined : event.target.value)}
    >
      {known ? null : <option value={String(now)}>{now === "" ? t("forms.choose") : String(now)}</option>}
      {options.map(([option, label]) => (
        <option key={option} value={option}>
          {label}
        </option>
      ))}
    </select>
  );
}

export function NumberField({ schema, value, at, id, describedBy, onChange }: FieldProps) {
  const { editable } = useForm();
  const [draft, setDraft] = useState<string | null>(null);
  const whole = schema.type === "integer";
  const small = schema.maximum !== undefined && schema.maximum <= 1;
  return (
    <input
      id={id}
      type="number"
      className="wj-input wj-short"
      data-testid={testId(at)}
      aria-describedby={describedBy}
      readOnly={!editable}
      min={schema.minimum}
      max={schema.maximum}
      step={whole ? 1 : small ? 0.05 : "any"}
      placeholder={schema.default === undefined ? schema["x-field"]?.placeholder : String(schema.default)}
      value={draft ?? (typeof value === "number" ? String(value) : "")}
      onChange={(event) => {
        setDraft(event.target.value);
        const number = event.target.valueAsNumber;
        onChange(Number.isFinite(number) ? number : undefined);
      }}
      onBlur={() => setDraft(null)}
    />
  );
}

export function SwitchField({ schema, value, at, id, describedBy, onChange }: FieldProps) {
  const { editable } = useForm();
  const on = (value ?? schema.default) === true;
  return (
    <button
      id={id}
      type="button"
      role="switch"
      className="wj-toggle"
      data-testid={testId(at)}
      aria-checked={on}
      aria-describedby={describedBy}
      disabled={!editable}
      onClick={() => onChange(!on)}
    >
      <span aria-hidden="true" />
      {t(on ? "forms.on" : "forms.off")}
    </button>
  );
}

/** The name of a credential; the secret itself never comes to the browser. */
export function CredentialField({ schema, value, at, id, describedBy, onChange }: FieldProps) {
  const { editable, catalogue } = useForm();
  const hint = schema["x-field"];
  const known = (catalogue.credentials ?? []).filter((c) => !hint?.of || c.kind === hint.of);
  const shared = {
    id,
    "data-testid": testId(at),
    "aria-describedby": describedBy,
    value: typeof value === "string" ? value : "",
  };
  const change = (text: string) => onChange(text === "" ? undefined : text);
  if (!catalogue.credentials) {
    return (
      <input
        {...shared}
        className="wj-input"
        readOnly={!editable}
        placeholder={hint?.placeholder || t("forms.credentialName")}
        onChange={(event) => change(event.target.value)}
      />
    );
  }
  const missing = shared.value !== "" && !known.some((c) => c.name === shared.value);
  return (
    <select {...shared} className="wj-select" disabled={!editable} onChange={(event) => change(event.target.value)}>
      <option value="">{t(hint?.of === "hook" || hint?.of === "http" ? "forms.none" : "forms.workspaces")}</option>
      {known.map((c) => (
        <option key={c.name} value={c.name}>
          {c.name}
        </option>
      ))}
      {missing ? <option value={shared.value}>{t("forms.missing", { name: shared.value })}</option> : null}
    </select>
  );
}

/** An earlier node of the journey, those of the wanted category first. */
export function NodeField({ schema, value, at, id, describedBy, onChange }: FieldProps) {
  const { doc, types, node, editable } = useForm();
  const hint = schema["x-field"];
  const earlier = node ? before(doc, node) : doc.nodes.map((n) => n.id);
  const fits = doc.nodes.filter((n) => {
    const type = types.get(n.type);
    if (!earlier.includes(n.id) || type?.category === "trigger") return false;
    return hint?.category ? type?.category === hint.category : true;
  });
  const now = typeof value === "string" ? value : "";
  const texts = fits.filter((n) => "text" in (types.get(n.type)?.output?.properties ?? {}));
  const shown = texts.length ? texts : fits;
  const missing = now !== "" && !shown.some((n) => n.id === now);
  return (
    <select
      id={id}
      className="wj-select"
      data-testid={testId(at)}
      aria-describedby={describedBy}
      disabled={!editable}
      value={now}
      onChange={(event) => onChange(event.target.value === "" ? undefined : event.target.value)}
    >
      <option value="">{t(shown.length ? "forms.choose" : "forms.noEarlier")}</option>
      {shown.map((n) => (
        <option key={n.id} value={n.id}>
          {titleOf(n, types.get(n.type))}
        </option>
      ))}
      {missing ? <option value={now}>{doc.nodes.some((n) => n.id === now) ? now : t("forms.missing", { name: now })}</option> : null}
    </select>
  );
}
