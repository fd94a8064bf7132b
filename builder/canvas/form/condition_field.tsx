/** A condition as sentences of controls: all or any of some rows, nested as deep as needed. */

import { useState } from "react";

import { fresh, kindOf, OPERATORS, readValue, showValue, valueKind, withOperator, type Condition, type Kind } from "../model/conditions";
import { isRecord, type Json } from "../model/types";
import type { PathScope } from "../model/variables";
import { IconButton } from "../view/controls";
import { Icon } from "../view/icons";
import { testId, useForm, type FieldProps } from "./scope";
import { Suggested, usePaths } from "./texts";
import { Amount } from "./time_fields";

interface RowProps {
  condition: Condition;
  scope: PathScope;
  id: string;
  onChange: (condition: Condition) => void;
  onRemove?: () => void;
}

export function ConditionField({ schema, value, at, onChange }: FieldProps) {
  const { editable } = useForm();
  const scope: PathScope = schema["x-field"]?.scope === "arriving" ? "arriving" : "run";
  const condition = isRecord(value) && Object.keys(value).length ? value : null;
  const id = testId(at);
  if (!condition) {
    return editable ? (
      <div data-testid={id}>
        <AddRow id={id} onAdd={onChange} />
      </div>
    ) : (
      <span className="wj-quiet">Always</span>
    );
  }
  const kind = kindOf(condition);
  const isGroup = kind === "all" || kind === "any";
  const drop = () => onChange(undefined);
  return (
    <div className="wj-condition" data-testid={id}>
      <Row condition={condition} scope={scope} id={id} onChange={onChange} onRemove={isGroup ? undefined : drop} />
      {isGroup || !editable ? null : (
        <AddRow id={id} onAdd={(row) => onChange({ all: [condition, row] })} />
      )}
      {isGroup && editable ? (
        <button type="button" className="wj-link" onClick={drop}>
          Remove the condition
        </button>
      ) : null}
    </div>
  );
}

function Row(props: RowProps) {
  switch (kindOf(props.condition)) {
    case "all":
    case "any":
      return <GroupRow {...props} />;
    case "not":
      return <NotRow {...props} />;
    case "field":
      return <CompareRow {...props} />;
    case "did":
      return <DidRow {...props} />;
    case "in_segment":
      return <SegmentRow {...props} />;
    default:
      return <UnknownRow {...props} />;
  }
}

function GroupRow({ condition, scope, id, onChange, onRemove }: RowProps) {
  const { editable } = useForm();
  const kind = kindOf(condition) === "any" ? "any" : "all";
  const rows = (Array.isArray(condition[kind]) ? condition[kind] : []).filter(isRecord);
  const set = (next: Condition[], as: "all" | "any" = kind) => {
    const [only] = next;
    if (next.length === 0 && onRemove) onRemove();
    else if (next.length === 1 && only && !onRemove && as === kind) onChange(only);
    else onChange({ [as]: next });
  };
  return (
    <div className="wj-condition-group">
      <div className="wj-condition-line">
        <select
          className="wj-select"
          aria-label="All or any"
          disabled={!editable}
          value={kind}
          onChange={(event) => set(rows, event.target.value as "all" | "any")}
        >
          <option value="all">all</option>
          <option value="any">any</option>
        </select>
        <span>of these are true:</span>
        {onRemove && editable ? <IconButton icon="x" label="Remove this group" onClick={onRemove} /> : null}
      </div>
      {rows.map((row, i) => (
        <Row
          key={i}
          condition={row}
          scope={scope}
          id={`${id}-${i}`}
          onChange={(next) => set(rows.map((old, j) => (j === i ? next : old)))}
          onRemove={() => set(rows.filter((_, j) => j !== i))}
        />
      ))}
      {editable ? <AddRow id={id} onAdd={(row) => onChange({ [kind]: [...rows, row] })} /> : null}
    </div>
  );
}

function NotRow({ condition, scope, id, onChange, onRemove }: RowProps) {
  const inner = isRecord(condition.not) ? condition.not : fresh("field");
  return (
    <div className="wj-condition-group">
      <div className="wj-condition-line">
        <span>it is not true that</span>
        <Remove onRemove={onRemove} />
      </div>
      <Row condition={inner} scope={scope} id={`${id}-not`} onChange={(next) => onChange({ not: next })} />
    </div>
  );
}

function CompareRow({ condition, scope, id, onChange, onRemove }: RowProps) {
  const { editable } = useForm();
  const paths = usePaths(scope);
  const op = String(condition.op ?? "eq");
  return (
    <div className="wj-condition-row" data-testid={`${id}-row`}>
      <Suggested
        label="Field"
        testId={`${id}-field`}
        mono
        placeholder="customer.plan"
        suggestions={paths}
        value={String(condition.field ?? "")}
        onChange={(field) => onChange({ ...condition, field: field.trim() })}
      />
      <select
        className="wj-select"
        aria-label="Comparison"
        data-testid={`${id}-op`}
        disabled={!editable}
        value={op}
        onChange={(event) => onChange(withOperator(condition, event.target.value))}
      >
        {Object.entries(OPERATORS).map(([name, said]) => (
          <option key={name} value={name}>
            {said}
          </option>
        ))}
      </select>
      <ValueControl condition={condition} op={op} id={id} paths={paths} onChange={onChange} />
      <Remove onRemove={onRemove} />
    </div>
  );
}

interface ValueProps {
  condition: Condition;
  op: string;
  id: string;
  paths: { value: string; label?: string }[];
  onChange: (condition: Condition) => void;
}

function ValueControl({ condition, op, id, paths, onChange }: ValueProps) {
  const { editable } = useForm();
  const [draft, setDraft] = useState<string | null>(null);
  const kind = valueKind(op);
  const value = condition.value;
  const set = (next: Json) => onChange({ ...condition, value: next });
  if (kind === "none") return null;
  if (kind === "duration") {
    return <Amount label="Time" testId={`${id}-value`} value={value} onChange={(next) => set(next ?? "")} />;
  }
  const other = isRecord(value) ? String(value.field ?? "") : null;
  if (other !== null) {
    return (
      <div className="wj-value">
        <Suggested label="Other field" testId={`${id}-value`} mono suggestions={paths} value={other} onChange={(field) => set({ field: field.trim() })} />
        <Swap label="Compare with a value" icon="pencil" editable={editable} onClick={() => set("")} />
      </div>
    );
  }
  const text = Array.isArray(value) ? value.map(showValue).join(", ") : showValue(value);
  return (
    <div className="wj-value">
      <input
        className="wj-input"
        aria-label={kind === "list" ? "Values, separated by commas" : "Value"}
        data-testid={`${id}-value`}
        placeholder={kind === "list" ? "pro, team" : kind === "instant" ? "2026-03-01" : "value"}
        readOnly={!editable}
        value={draft ?? text}
        onChange={(event) => {
          setDraft(event.target.value);
          set(kind === "list" ? readList(event.target.value) : readValue(event.target.value));
        }}
        onBlur={() => setDraft(null)}
      />
      {kind === "any" || kind === "instant" ? (
        <Swap label="Compare with another field" icon="variable" editable={editable} onClick={() => set({ field: "" })} />
      ) : null}
    </div>
  );
}

function readList(text: string): Json[] {
  return text.split(",").map((part) => part.trim()).filter(Boolean).map(readValue);
}

function Swap(props: { label: string; icon: string; editable: boolean; onClick: () => void }) {
  return props.editable ? <IconButton icon={props.icon} label={props.label} onClick={props.onClick} /> : null;
}

function DidRow({ condition, id, onChange, onRemove }: RowProps) {
  const { catalogue, editable } = useForm();
  const never = condition.at_most === 0;
  const { at_least: least, at_most: _, within, ...rest } = condition;
  const put = (change: Condition) => onChange(cleaned({ ...condition, ...change }));
  return (
    <div className="wj-condition-row" data-testid={`${id}-row`}>
      <span>they</span>
      <select
        className="wj-select"
        aria-label="Did or did not"
        disabled={!editable}
        value={never ? "never" : "did"}
        onChange={(event) =>
          onChange(cleaned({ ...rest, within: within ?? null, at_most: event.target.value === "never" ? 0 : null }))
        }
      >
        <option value="did">have done</option>
        <option value="never">have not done</option>
      </select>
      <Suggested
        label="Event"
        testId={`${id}-did`}
        mono
        placeholder="order.completed"
        suggestions={catalogue.fields.events.map((e) => ({ value: e.name }))}
        value={String(condition.did ?? "")}
        onChange={(did) => put({ did: did.trim() })}
      />
      {never ? null : (
        <label className="wj-inline">
          at least
          <input
            className="wj-input wj-tiny"
            inputMode="numeric"
            aria-label="At least how often"
            readOnly={!editable}
            placeholder="1"
            value={typeof least === "number" ? String(least) : ""}
            onChange={(event) => {
              const number = Number(event.target.value);
              put({ at_least: event.target.value && Number.isInteger(number) && number > 0 ? number : null });
            }}
          />
          times
        </label>
      )}
      <span>in the last</span>
      <Amount label="Time" placeholder="ever" testId={`${id}-within`} value={within} onChange={(next) => put({ within: next ?? null })} />
      <Remove onRemove={onRemove} />
    </div>
  );
}

function cleaned(condition: Condition): Condition {
  return Object.fromEntries(Object.entries(condition).filter(([, v]) => v !== null));
}

function SegmentRow({ condition, id, onChange, onRemove }: RowProps) {
  const { editable } = useForm();
  return (
    <div className="wj-condition-row" data-testid={`${id}-row`}>
      <span>they are in the segment</span>
      <input
        className="wj-input"
        aria-label="Segment"
        data-testid={`${id}-segment`}
        placeholder="vip"
        readOnly={!editable}
        value={String(condition.in_segment ?? "")}
        onChange={(event) => onChange({ in_segment: event.target.value })}
      />
      <Remove onRemove={onRemove} />
    </div>
  );
}

function UnknownRow({ condition, onRemove }: RowProps) {
  return (
    <div className="wj-condition-row">
      <code>{JSON.stringify(condition)}</code>
      <Remove onRemove={onRemove} />
    </div>
  );
}

function Remove({ onRemove }: { onRemove?: () => void }) {
  const { editable } = useForm();
  return onRemove && editable ? <IconButton icon="x" label="Remove this condition" onClick={onRemove} /> : null;
}

const KINDS: [Exclude<Kind, "unknown">, string][] = [
  ["field", "A field compared"],
  ["did", "Something they did"],
  ["in_segment", "A segment they are in"],
  ["any", "Any of several"],
  ["all", "All of several"],
  ["not", "The opposite of one"],
];

function AddRow({ id, onAdd }: { id: string; onAdd: (row: Condition) => void }) {
  return (
    <div className="wj-add-row">
      <button type="button" className="wj-add" data-testid={`${id}-add`} onClick={() => onAdd(fresh("field"))}>
        <Icon name="plus" />
        Add condition
      </button>
      <select
        className="wj-select"
        data-quiet
        aria-label="Add another kind of condition"
        data-testid={`${id}-add-kind`}
        value=""
        onChange={(event) => onAdd(fresh(event.target.value as Exclude<Kind, "unknown">))}
      >
        <option value="">of another kind</option>
        {KINDS.map(([kind, label]) => (
          <option key={kind} value={kind}>
            {label}
          </option>
        ))}
      </select>
    </div>
  );
}
