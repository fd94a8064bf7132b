/** One condition as a sentence of controls, typed by the field that it asks about. */

import { useState } from "react";

import { language, t } from "../words";
import {
  neverDid,
  notIn,
  operatorsOf,
  readNumber,
  readValue,
  showValue,
  valueKind,
  withField,
  withOperator,
  type Condition,
} from "../model/conditions";
import { numberWords, operatorWords } from "../model/condition_words";
import { isRecord, type Json as JsonValue } from "../model/types";
import { findVariable, type FieldKind, type PathScope } from "../model/variables";
import { IconButton } from "../view/controls";
import { Combo, type ChoiceGroup } from "./combo";
import { useTree, type TreeView } from "./condition_state";
import { VariableBox } from "./picker";
import { useForm, useVariables } from "./scope";
import { Amount } from "./time_fields";

interface PartProps {
  condition: Condition;
  id: string;
  /** Where it stands in the config. */
  at: readonly string[];
  ConditionTree: TreeView;
  onChange: (condition: Condition) => void;
}

export function Compare({ condition, id, onChange }: PartProps) {
  const { scope } = useTree();
  const groups = useVariables(scope);
  const path = String(condition.field ?? "");
  const known = findVariable(groups, path);
  const kind: FieldKind = path === "now" ? "date" : (known?.kind ?? "any");
  const op = String(condition.op ?? "eq");
  return (
    <>
      <VariableBox
        label={t("conditions.field")}
        testId={`${id}-field`}
        placeholder="customer.plan"
        scope={scope}
        value={path}
        onChange={(field) => onChange(withField(condition, field, findVariable(groups, field)?.kind ?? "any"))}
      />
      <select
        className="wj-select"
        aria-label={t("conditions.comparison")}
        data-testid={`${id}-op`}
        value={op}
        onChange={(event) => onChange(withOperator(condition, event.target.value))}
      >
        {operatorsOf(kind, op).map((name) => (
          <option key={name} value={name}>
            {operatorWords(name)}
          </option>
        ))}
      </select>
      <Value condition={condition} op={op} kind={kind} samples={known?.samples ?? []} id={id} scope={scope} onChange={onChange} />
    </>
  );
}

interface ValueProps {
  condition: Condition;
  op: string;
  kind: FieldKind;
  samples: readonly JsonValue[];
  id: string;
  scope: PathScope;
  onChange: (condition: Condition) => void;
}

function Value(props: ValueProps) {
  const { condition, op, kind, samples, id, scope, onChange } = props;
  const value = condition.value;
  const form = valueKind(op);
  const set = (next: JsonValue) => onChange({ ...condition, value: next });
  if (form === "none") return null;
  if (form === "duration") {
    return <Amount label={t("conditions.time")} testId={`${id}-value`} value={value} onChange={(next) => set(next ?? "")} />;
  }
  if (isRecord(value)) {
    return (
      <div className="wj-value">
        <VariableBox label={t("conditions.otherField")} testId={`${id}-value`} scope={scope} value={String(value.field ?? "")} onChange={(field) => set({ field })} />
        <IconButton icon="pencil" label={t("conditions.compareValue")} onClick={() => set("")} />
      </div>
    );
  }
  const swap = form === "list" ? null : <IconButton icon="variable" label={t("conditions.compareField")} onClick={() => set({ field: "" })} />;
  const shared = { id, value, samples, set };
  let editor = <Typed {...shared} kind={kind} />;
  if (form === "list") editor = <Several {...shared} kind={kind} />;
  else if (form === "instant" || (kind === "date" && (value === "" || isDay(value)))) editor = <Moment {...shared} />;
  else if (kind === "yesno" && (typeof value === "boolean" || value === "" || value === undefined)) editor = <YesNo {...shared} />;
  return (
    <div className="wj-value">
      {editor}
      {swap}
    </div>
  );
}

interface Editor {
  id: string;
  value: JsonValue | undefined;
  samples: readonly JsonValue[];
  set: (value: JsonValue) => void;
}

function YesNo({ id, value, set }: Editor) {
  return (
    <select
      className="wj-select"
      aria-label={t("conditions.value")}
      data-testid={`${id}-value`}
      value={typeof value === "boolean" ? String(value) : ""}
      onChange={(event) => set(event.target.value === "true")}
    >
      {typeof value === "boolean" ? null : <option value="">{t("forms.choose")}</option>}
      <option value="true">{t("conditions.yes")}</option>
      <option value="false">{t("conditions.no")}</option>
    </select>
  );
}

const isDay = (value: JsonValue | undefined) => typeof value === "string" && /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?)?$/.test(value);

/** A day of the calendar, with a time of day when it is asked for; other times stay text. */
function Moment({ id, value, set }: Editor) {
  const text = typeof value === "string" ? value : "";
  const timed = text.includes("T");
  if (text !== "" && !isDay(text)) {
    return <input className="wj-input" data-mono aria-label={t("conditions.value")} data-testid={`${id}-value`} value={text} onChange={(event) => set(event.target.value)} />;
  }
  return (
    <>
      <input
        type={timed ? "datetime-local" : "date"}
        className="wj-input"
        aria-label={t("conditions.value")}
        data-testid={`${id}-value`}
        value={timed ? text.slice(0, 16) : text}
        onChange={(event) => set(event.target.value)}
      />
      {text ? (
        <IconButton
          icon="clock"
          pressed={timed}
          label={t(timed ? "conditions.withoutTime" : "conditions.withTime")}
          onClick={() => set(timed ? text.slice(0, 10) : `${text}T09:00`)}
        />
      ) : null}
    </>
  );
}

/** A text or a number, chosen from values that were seen or typed. */
function Typed({ id, value, samples, set, kind }: Editor & { kind: FieldKind }) {
  const read = (text: string) => readAs(kind, text, samples);
  return (
    <Combo
      label={t("conditions.value")}
      testId={`${id}-value`}
      editable
      placeholder={t("forms.valuePlaceholder")}
      value={kind === "text" && typeof value === "string" ? value : showValue(value)}
      shown={typeof value === "number" ? numberWords(value) : undefined}
      groups={(search) => seen(samples, search, kind)}
      onChange={(text) => set(read(text))}
    />
  );
}

function Several({ id, value, samples, set, kind }: Editor & { kind: FieldKind }) {
  const [draft, setDraft] = useState<string | null>(null);
  const list = Array.isArray(value) ? value : value === undefined || value === "" ? [] : [value];
  const shown = (one: JsonValue) => (kind === "text" && typeof one === "string" ? one : showValue(one));
  const toggle = (one: JsonValue) => {
    setDraft(null);
    set(list.includes(one) ? list.filter((other) => other !== one) : [...list, one]);
  };
  return (
    <div className="wj-several">
      <input
        className="wj-input"
        aria-label={t("conditions.values")}
        data-testid={`${id}-value`}
        placeholder="pro, team"
        value={draft ?? list.map(shown).join(", ")}
        onChange={(event) => {
          setDraft(event.target.value);
          set(event.target.value.split(",").map((part) => part.trim()).filter(Boolean).map((part) => readAs(kind, part, samples)));
        }}
        onBlur={() => setDraft(null)}
      />
      {samples.length ? (
        <div className="wj-seen" role="group" aria-label={t("conditions.seen")}>
          {samples.slice(0, 8).map((one) => (
            <button key={String(one)} type="button" aria-pressed={list.includes(one)} onClick={() => toggle(one)}>
              {shown(one)}
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
}

/** A field of texts takes "10" as the text that it is, one of numbers takes "2,000" as 2000. */
function readAs(kind: FieldKind, text: string, samples: readonly JsonValue[]): JsonValue {
  if (kind === "number") return readNumber(text, language.get().code === "de" ? "," : ".") ?? readValue(text);
  if (kind === "text") return text;
  const known = samples.find((one) => showValue(one) === text);
  return known ?? readValue(text);
}

function seen(samples: readonly JsonValue[], search: string, kind: FieldKind): ChoiceGroup[] {
  const items = samples
    .filter((one) => typeof one !== "object")
    .map((one) => ({ value: kind === "text" ? String(one) : showValue(one), label: typeof one === "number" ? numberWords(one) : String(one) }))
    .filter((one) => one.label.toLowerCase().includes(search.trim().toLowerCase()));
  return items.length ? [{ title: t("conditions.seen"), items }] : [];
}

/** What they did or did not do: an event, how often, in which time, and which of them count. */
export function Did({ condition, id, at, ConditionTree, onChange }: PartProps) {
  const { catalogue } = useForm();
  const never = neverDid(condition);
  const did = never ?? condition;
  const least = did.at_least;
  const where = isRecord(did.where) ? did.where : null;
  const put = (change: Condition, as = never !== null) => {
    const next = Object.fromEntries(Object.entries({ ...did, ...change }).filter(([, v]) => v !== null));
    if (as) delete next.at_least;
    onChange(as ? { not: next } : next);
  };
  const whereAt = [...at, ...(never ? ["not"] : []), "where"];
  return (
    <>
      <span>{t("conditions.they")}</span>
      <select
        className="wj-select"
        aria-label={t("conditions.didOrNot")}
        data-testid={`${id}-did-or-not`}
        value={never ? "never" : "did"}
        onChange={(event) => put({}, event.target.value === "never")}
      >
        <option value="did">{t("conditions.haveDone")}</option>
        <option value="never">{t("conditions.haveNotDone")}</option>
      </select>
      <Combo
        label={t("conditions.eventField")}
        testId={`${id}-did`}
        mono
        editable
        placeholder="order.completed"
        groups={(search) => named(catalogue.fields.events.map((e) => e.name), search)}
        value={String(did.did ?? "")}
        onChange={(name) => put({ did: name })}
      />
      {never ? null : (
        <label className="wj-inline">
          {t("conditions.atLeast")}
          <input
            className="wj-input wj-tiny"
            inputMode="numeric"
            aria-label={t("conditions.atLeastHow")}
            placeholder="1"
            value={typeof least === "number" ? String(least) : ""}
            onChange={(event) => {
              const number = Number(event.target.value);
              put({ at_least: event.target.value && Number.isInteger(number) && number > 0 ? number : null });
            }}
          />
          {t("conditions.times")}
        </label>
      )}
      <span>{t("conditions.inTheLast")}</span>
      <Amount label={t("conditions.time")} placeholder={t("conditions.ever")} testId={`${id}-within`} value={did.within} onChange={(next) => put({ within: next ?? null })} />
      {where ? (
        <div className="wj-condition-where">
          <span>{t("conditions.onlyWhere")}</span>
          <ConditionTree condition={where} scope="arriving" at={whereAt} id={`${id}-where`} onChange={(next) => put({ where: next ?? null })} />
        </div>
      ) : (
        <button type="button" className="wj-link" data-testid={`${id}-where-add`} onClick={() => put({ where: { field: "", op: "eq", value: "" } })}>
          {t("conditions.onlyWhere")}…
        </button>
      )}
    </>
  );
}

function named(names: readonly string[], search: string): ChoiceGroup[] {
  const items = [...new Set(names)]
    .filter((name) => name.toLowerCase().includes(search.trim().toLowerCase()))
    .map((name) => ({ value: name, label: name }));
  return items.length ? [{ items }] : [];
}

export function Segment({ condition, id, onChange }: PartProps) {
  const { catalogue } = useForm();
  const out = notIn(condition);
  const name = String((out ?? condition).in_segment ?? "");
  const put = (next: string, as = out !== null) => onChange(as ? { not: { in_segment: next } } : { in_segment: next });
  return (
    <>
      <select
        className="wj-select"
        aria-label={t("conditions.membership")}
        data-testid={`${id}-membership`}
        value={out ? "out" : "in"}
        onChange={(event) => put(name, event.target.value === "out")}
      >
        <option value="in">{t("conditions.areIn")}</option>
        <option value="out">{t("conditions.areNotIn")}</option>
      </select>
      <Combo
        label={t("conditions.segment")}
        testId={`${id}-segment`}
        editable
        placeholder="vip"
        groups={(search) => named(catalogue.fields.segments ?? [], search)}
        value={name}
        onChange={(next) => put(next)}
      />
    </>
  );
}

/** A condition as its JSON: what the builder does not know stays as it is until it is changed here. */
export function Json({ condition, id, onChange }: PartProps) {
  const tree = useTree();
  const [draft, setDraft] = useState<string | null>(null);
  const [wrong, setWrong] = useState(false);
  return (
    <div className="wj-condition-json">
      <textarea
        className="wj-input"
        data-mono
        rows={3}
        aria-label={t("conditions.json")}
        aria-invalid={wrong || undefined}
        data-testid={`${id}-json`}
        value={draft ?? JSON.stringify(condition, null, 1)}
        onChange={(event) => {
          setDraft(event.target.value);
          const read = asCondition(event.target.value);
          setWrong(read === null);
          if (read) onChange(read);
        }}
        onBlur={() => {
          if (!wrong) setDraft(null);
        }}
      />
      {wrong ? (
        <p className="wj-field-problem" data-kind="error">
          {t("conditions.notJson")}
        </p>
      ) : null}
      {tree.asJson === null ? null : (
        <button type="button" className="wj-link" onClick={() => tree.json(null)}>
          {t("conditions.done")}
        </button>
      )}
    </div>
  );
}

function asCondition(text: string): Condition | null {
  try {
    const read: unknown = JSON.parse(text);
    return isRecord(read) && Object.keys(read).length ? read : null;
  } catch {
    return null;
  }
}
