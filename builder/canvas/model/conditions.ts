/** Conditions as data for the builder: kinds, operators and the values that suit them. */

import type { FieldKind } from "./variables";
import { isRecord, type Json } from "./types";

export { conditionWords, fieldWords } from "./condition_words";

export type Condition = { [key: string]: Json };

/** The operators, in the order of a menu. */
export const OPS = [
  "eq", "ne", "gt", "gte", "lt", "lte", "contains", "not_contains", "starts_with", "ends_with",
  "in", "not_in", "exists", "missing", "before", "after", "within_last", "within_next",
] as const;
export type Operator = (typeof OPS)[number];

const BY_KIND: { [kind in FieldKind]: readonly Operator[] } = {
  text: ["eq", "ne", "contains", "not_contains", "starts_with", "ends_with", "in", "not_in", "exists", "missing"],
  number: ["eq", "ne", "gt", "gte", "lt", "lte", "in", "not_in", "exists", "missing"],
  yesno: ["eq", "exists", "missing"],
  date: ["before", "after", "within_last", "within_next", "eq", "exists", "missing"],
  list: ["contains", "not_contains", "exists", "missing"],
  any: OPS,
};

/** What a field of this kind can be asked; one that the condition already has stays in the menu. */
export function operatorsOf(kind: FieldKind, now: string): string[] {
  const own: readonly string[] = BY_KIND[kind];
  return own.includes(now) ? [...own] : [...own, now];
}

export type ValueKind = "none" | "list" | "duration" | "instant" | "any";

/** What stands to the right of an operator. */
export function valueKind(op: string): ValueKind {
  if (op === "exists" || op === "missing") return "none";
  if (op === "in" || op === "not_in") return "list";
  if (op === "within_last" || op === "within_next") return "duration";
  if (op === "before" || op === "after") return "instant";
  return "any";
}

export type Kind = "all" | "any" | "not" | "field" | "did" | "in_segment" | "unknown";
export type KnownKind = Exclude<Kind, "unknown">;

const KEYS: { [kind in KnownKind]: readonly string[] } = {
  all: ["all"],
  any: ["any"],
  not: ["not"],
  did: ["did", "at_least", "within", "where"],
  in_segment: ["in_segment"],
  field: ["field", "op", "value"],
};

/** Unknown is also what has more in it than the builder could show: it is kept as it is. */
export function kindOf(condition: Json | undefined): Kind {
  if (!isRecord(condition)) return "unknown";
  for (const kind of ["all", "any", "not", "did", "in_segment", "field"] as const) {
    if (!(kind in condition)) continue;
    if (!Object.keys(condition).every((key) => KEYS[kind].includes(key))) return "unknown";
    if ((kind === "all" || kind === "any") && !isList(condition[kind])) return "unknown";
    return kind === "not" && !isRecord(condition.not) ? "unknown" : kind;
  }
  return "unknown";
}

function isList(value: Json | undefined): boolean {
  return Array.isArray(value) && value.every(isRecord);
}

/** A new condition of a kind, as the builder starts it. */
export function fresh(kind: KnownKind): Condition {
  switch (kind) {
    case "all":
    case "any":
      return { [kind]: [fresh("field")] };
    case "not":
      return { not: fresh("field") };
    case "did":
      return { did: "" };
    case "in_segment":
      return { in_segment: "" };
    case "field":
      return { field: "", op: "eq", value: "" };
  }
}

/** The same comparison under another operator, with a value that suits it. */
export function withOperator(condition: Condition, op: string): Condition {
  const { value, ...rest } = condition;
  const wanted = valueKind(op);
  if (wanted === "none") return { ...rest, op };
  if (wanted === valueKind(String(condition.op)) && value !== undefined) return { ...rest, op, value };
  if (wanted === "list") return { ...rest, op, value: value === undefined || value === "" || isRecord(value) ? [] : [value].flat() };
  if (wanted === "any" && Array.isArray(value)) return { ...rest, op, value: value[0] ?? "" };
  return { ...rest, op, value: wanted === "duration" ? "P7D" : "" };
}

/** The same comparison of another field: an operator and a value that its kind can be asked. */
export function withField(condition: Condition, field: string, kind: FieldKind): Condition {
  const next = { ...condition, field };
  if (kind === "any") return next;
  const op = String(condition.op ?? "eq");
  const own = BY_KIND[kind];
  const kept = own.includes(op as Operator) ? next : withOperator(next, own[0] ?? "eq");
  if (!("value" in kept) || isRecord(kept.value) || valueKind(String(kept.op)) === "duration") return kept;
  const value = Array.isArray(kept.value)
    ? kept.value.filter((one) => fits(one, kind))
    : fits(kept.value, kind)
      ? (kept.value ?? "")
      : kind === "yesno"
        ? true
        : "";
  return { ...kept, value };
}

function fits(value: Json | undefined, kind: FieldKind): boolean {
  if (kind === "number") return typeof value === "number";
  if (kind === "yesno") return typeof value === "boolean";
  return typeof value === "string" || kind === "list";
}

/** "They have not done": the opposite of having done, which has a row of its own. */
export function neverDid(condition: Condition): Condition | null {
  const inner = condition.not;
  if (!isRecord(inner) || kindOf(condition) !== "not" || kindOf(inner) !== "did") return null;
  return inner.at_least === undefined || inner.at_least === 1 ? inner : null;
}

/** "They are not in the segment", likewise. */
export function notIn(condition: Condition): Condition | null {
  const inner = condition.not;
  return isRecord(inner) && kindOf(condition) === "not" && kindOf(inner) === "in_segment" ? inner : null;
}

const OPPOSITE: { [op: string]: string } = {
  eq: "ne", ne: "eq", contains: "not_contains", not_contains: "contains", in: "not_in", not_in: "in",
  exists: "missing", missing: "exists",
};

/** What is true when this is not. A missing field makes every comparison false, so "is more than"
    has no opposite operator: it is put under a "not". */
export function opposite(condition: Condition): Condition {
  const kind = kindOf(condition);
  if (kind === "not" && isRecord(condition.not)) return condition.not;
  const op = OPPOSITE[String(condition.op)];
  if (kind === "field" && op && (condition.op === "exists" || condition.op === "missing")) return { ...condition, op };
  return { not: condition };
}

/** The paths that a condition reads. */
export function pathsIn(condition: Json | undefined): string[] {
  if (Array.isArray(condition)) return condition.flatMap(pathsIn);
  if (!isRecord(condition)) return [];
  const own = typeof condition.field === "string" ? [condition.field] : [];
  return [...own, ...Object.entries(condition).flatMap(([key, value]) => (key === "field" ? [] : pathsIn(value)))];
}

/** Whether something in it is still to be filled in. */
export function unfinished(condition: Json | undefined): boolean {
  if (!isRecord(condition)) return true;
  switch (kindOf(condition)) {
    case "all":
    case "any": {
      const rows = condition[kindOf(condition)];
      return Array.isArray(rows) && rows.some(unfinished);
    }
    case "not":
      return unfinished(condition.not);
    case "did":
      return !condition.did || (condition.where !== undefined && unfinished(condition.where));
    case "in_segment":
      return !condition.in_segment;
    case "field": {
      const { field, op, value } = condition;
      if (!field || valueKind(String(op)) === "none") return !field;
      if (isRecord(value)) return !value.field;
      return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
    }
    default:
      return false;
  }
}

/** What a person typed into a value, as JSON: numbers and yes/no are not left as text. */
export function readValue(text: string): Json {
  const plain = text.trim();
  if (/^-?(0|[1-9]\d{0,14})(\.\d{1,10})?$/.test(plain)) return Number(plain);
  if (plain === "true" || plain === "false") return plain === "true";
  const quoted = /^"(.*)"$/s.exec(plain);
  return quoted ? (quoted[1] ?? "") : text;
}

/** The opposite of `readValue`: text that reads as a number keeps its quotes. */
export function showValue(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return readValue(value) === value ? value : `"${value}"`;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A number as people write it: "2,000", "2 000", "2.000,5" in German; null when it is none. */
export function readNumber(text: string, decimal: "." | "," = "."): number | null {
  const group = decimal === "." ? "," : ".";
  const plain = text.trim().replace(/[\s\u00a0\u202f'’]/g, "");
  const grouped = new RegExp(`^-?\\d{1,3}(\\${group}\\d{3})+(\\${decimal}\\d+)?$`).test(plain);
  const bare = (grouped ? plain.replaceAll(group, "") : plain).replace(decimal, ".");
  return /^-?\d{1,15}(\.\d{1,10})?$/.test(bare) ? Number(bare) : null;
}
