/** Conditions as data for the builder, and in words for a node's sentence. */

import { durationWords } from "./durations";
import { isRecord, type Json } from "./types";

export type Condition = { [key: string]: Json };

export const OPERATORS: { [op: string]: string } = {
  eq: "is",
  ne: "is not",
  gt: "is more than",
  gte: "is at least",
  lt: "is less than",
  lte: "is at most",
  contains: "contains",
  not_contains: "does not contain",
  starts_with: "starts with",
  ends_with: "ends with",
  in: "is one of",
  not_in: "is none of",
  exists: "is known",
  missing: "is not known",
  before: "is before",
  after: "is after",
  within_last: "is within the last",
  within_next: "is within the next",
};

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

export function kindOf(condition: Json | undefined): Kind {
  if (!isRecord(condition)) return "unknown";
  for (const kind of ["all", "any", "not", "did", "in_segment", "field"] as const) {
    if (kind in condition) return kind;
  }
  return "unknown";
}

/** A new condition of a kind, as the builder starts it. */
export function fresh(kind: Exclude<Kind, "unknown">): Condition {
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
  const starts: Json = wanted === "list" ? [] : wanted === "duration" ? "P7D" : "";
  return { ...rest, op, value: starts };
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

/** "customer.first_name" as a person says it: "first name". */
export function fieldWords(path: string): string {
  const parts = path.split(".");
  if (path === "now") return "now";
  if (path === "event.name") return "the event";
  const last = parts.at(-1)?.replaceAll("_", " ") ?? path;
  return parts[0] === "steps" && parts.length > 2 ? `${last} of ${parts[1]}` : last || "…";
}

export function conditionWords(condition: Json | undefined): string {
  if (!isRecord(condition)) return "";
  switch (kindOf(condition)) {
    case "all":
      return joined(condition.all, " and ", "always");
    case "any":
      return joined(condition.any, " or ", "never");
    case "not":
      return `not (${conditionWords(condition.not)})`;
    case "did":
      return didWords(condition);
    case "in_segment":
      return `is in ${condition.in_segment || "…"}`;
    case "field": {
      const op = String(condition.op ?? "eq");
      const said = `${fieldWords(String(condition.field))} ${OPERATORS[op] ?? op}`;
      return valueKind(op) === "none" ? said : `${said} ${valueWords(op, condition.value)}`;
    }
    default:
      return "";
  }
}

function joined(parts: Json | undefined, between: string, empty: string): string {
  if (!Array.isArray(parts) || parts.length === 0) return empty;
  if (parts.length === 1) return conditionWords(parts[0]);
  return parts
    .map((part) => {
      const kind = kindOf(part);
      return kind === "all" || kind === "any" ? `(${conditionWords(part)})` : conditionWords(part);
    })
    .join(between);
}

function valueWords(op: string, value: Json | undefined): string {
  if (isRecord(value)) return fieldWords(String(value.field ?? "…"));
  if (Array.isArray(value)) return value.map((v) => valueWords(op, v)).join(", ") || "…";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (valueKind(op) === "duration") return durationWords(value);
  if (value === null || value === undefined || value === "") return "…";
  return typeof value === "number" ? value.toLocaleString("en-US") : String(value);
}

function didWords(condition: Condition): string {
  const least = condition.at_least;
  const most = condition.at_most;
  let times = "";
  if (typeof most === "number") {
    if (typeof least === "number" && least > 0) times = ` ${least} to ${most} times`;
    else times = most === 0 ? "" : ` at most ${most} times`;
  } else if (typeof least === "number" && least !== 1) {
    times = ` at least ${least} times`;
  }
  const never = most === 0 && !least;
  const within = condition.within ? ` in the last ${durationWords(condition.within)}` : "";
  const where = isRecord(condition.where) ? ` where ${conditionWords(condition.where)}` : "";
  return `${never ? "has not done" : "did"} ${condition.did || "…"}${times}${within}${where}`;
}
