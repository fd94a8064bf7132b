/** A condition as a person reads it. */

import { language, t, type Key } from "../words";
import { kindOf, neverDid, notIn, OPS, valueKind, type Condition } from "./conditions";
import { durationWords, spanWords } from "./durations";
import { isRecord, type Json } from "./types";

/** "customer.first_name" as a person says it: "first name". */
export function fieldWords(path: string): string {
  const parts = path.split(".");
  if (path === "now") return t("conditions.now");
  if (path === "event.name" || path === "entry.name") return t("conditions.theEvent");
  if (path === "event.at" || path === "entry.at") return t("conditions.eventAt");
  const last = parts.at(-1)?.replaceAll("_", " ") ?? path;
  if (parts[0] === "steps" && parts.length > 2) return t("conditions.ofStep", { name: last, step: parts[1] ?? "" });
  return last || "…";
}

export function operatorWords(op: string): string {
  return (OPS as readonly string[]).includes(op) ? t(`conditions.op.${op}` as Key) : op;
}

/** The whole condition; empty for one that nobody here can read. */
export function conditionWords(condition: Json | undefined): string {
  if (!isRecord(condition)) return "";
  switch (kindOf(condition)) {
    case "all":
      return joined(condition.all, t("conditions.and"), t("conditions.always"));
    case "any":
      return joined(condition.any, t("conditions.or"), t("conditions.never"));
    case "not":
      return notWords(condition);
    case "did":
      return didWords("conditions.didWords", condition);
    case "in_segment":
      return t("conditions.inSegment", { name: said(condition.in_segment) });
    case "field":
      return comparison(condition);
    default:
      return "";
  }
}

function notWords(condition: Condition): string {
  const never = neverDid(condition);
  if (never) return didWords("conditions.neverWords", never);
  const out = notIn(condition);
  if (out) return t("conditions.notInSegment", { name: said(out.in_segment) });
  const inner = condition.not;
  const kind = kindOf(inner);
  const what = conditionWords(inner);
  return t("conditions.not", { what: kind === "all" || kind === "any" ? `(${what})` : what });
}

function comparison(condition: Condition): string {
  const op = String(condition.op ?? "eq");
  const field = fieldWords(String(condition.field ?? ""));
  if (valueKind(op) === "none") return t("conditions.unary", { field, op: operatorWords(op) });
  return t("conditions.compared", { field, op: operatorWords(op), value: valueWords(op, condition.value) });
}

function joined(parts: Json | undefined, between: string, empty: string): string {
  if (!Array.isArray(parts) || parts.length === 0) return empty;
  if (parts.length === 1) return conditionWords(parts[0]);
  return parts
    .map((part) => {
      const kind = kindOf(part);
      const what = conditionWords(part) || t("conditions.unknown");
      return kind === "all" || kind === "any" ? `(${what})` : what;
    })
    .join(between);
}

/** A value to the right of an operator. */
export function valueWords(op: string, value: Json | undefined): string {
  if (isRecord(value)) return fieldWords(String(value.field ?? "…"));
  if (Array.isArray(value)) return value.map((v) => valueWords(op, v)).join(", ") || "…";
  if (typeof value === "boolean") return t(value ? "conditions.yes" : "conditions.no");
  if (valueKind(op) === "duration") return spanWords(value) || durationWords(value);
  if (value === null || value === undefined || value === "") return "…";
  if (typeof value === "number") return numberWords(value);
  return dateWords(value) ?? value;
}

export function numberWords(value: number): string {
  return value.toLocaleString(language.get().code, { maximumFractionDigits: 10 });
}

/** "2026-03-01" as a day of the calendar, with the time where one stands; null for other texts. */
export function dateWords(text: string): string | null {
  const match = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.exec(text);
  const day = match && new Date(`${match[1]}T00:00:00Z`);
  if (!match || !day || Number.isNaN(day.getTime())) return null;
  const said = new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(day);
  return match[2] ? `${said} ${match[2]}${match[3] === "Z" ? " UTC" : (match[3] ?? "")}` : said;
}

function locale(): string {
  const { code } = language.get();
  return code === "en" ? "en-GB" : code;
}

function said(value: Json | undefined): string {
  return typeof value === "string" && value ? value : "…";
}

function didWords(key: "conditions.didWords" | "conditions.neverWords", condition: Condition): string {
  const least = condition.at_least;
  const times = typeof least === "number" && least !== 1 ? t("conditions.timesWords", { n: least }) : "";
  const within = condition.within ? t("conditions.withinWords", { time: spanWords(condition.within) }) : "";
  const where = isRecord(condition.where) ? t("conditions.whereWords", { what: conditionWords(condition.where) }) : "";
  return t(key, { event: said(condition.did), times, within, where });
}

/** The condition as the sentence of a way: what is true for those who go there. */
export function capitalWords(condition: Json | undefined): string {
  const words = conditionWords(condition);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
