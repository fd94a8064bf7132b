/** ISO 8601 durations: as parts, as words ("3 days"), and as an amount with a unit for the form. */

import { t } from "../words";

export interface Duration {
  negative: boolean;
  years: number;
  months: number;
  weeks: number;
  days: number;
  hours: number;
  minutes: number;
  seconds: number;
}

const FORM =
  /^(-)?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;
const PARTS = ["years", "months", "weeks", "days", "hours", "minutes", "seconds"] as const;
export type Unit = (typeof PARTS)[number];
export function parseDuration(text: unknown): Duration | null {
  if (typeof text !== "string") return null;
  const match = FORM.exec(text);
  if (!match || text.endsWith("T") || text.endsWith("P")) return null;
  const numbers = match.slice(2).map((part) => Number(part ?? 0));
  const parts = Object.fromEntries(PARTS.map((unit, i) => [unit, numbers[i] ?? 0]));
  return { negative: match[1] === "-", ...parts } as unknown as Duration;
}

export function durationWords(text: unknown): string {
  return words(text, "unit");
}

/** The same after "in the last": some languages bend the word then. */
export function spanWords(text: unknown): string {
  return words(text, "span");
}

function words(text: unknown, form: "unit" | "span"): string {
  const duration = parseDuration(text);
  if (!duration) return typeof text === "string" ? text : "";
  const parts = PARTS.filter((unit) => duration[unit] > 0).map((unit) =>
    t(`forms.${form}.${unit}`, { count: duration[unit] }),
  );
  const last = parts.pop();
  if (last === undefined) return t("forms.noTime");
  return parts.length ? t("forms.lastAnd", { first: parts.join(", "), last }) : last;
}

/** A duration of one part as amount and unit; null when it has several parts. */
export function asAmount(text: unknown): { amount: number; unit: Unit; negative: boolean } | null {
  const duration = parseDuration(text);
  if (!duration) return null;
  const used = PARTS.filter((unit) => duration[unit] > 0);
  if (used.length !== 1 || !used[0]) return null;
  return { amount: duration[used[0]], unit: used[0], negative: duration.negative };
}

export function fromAmount(amount: number, unit: Unit, negative = false): string {
  const letter = unit[0]?.toUpperCase() ?? "D";
  const inTime = unit === "hours" || unit === "minutes" || unit === "seconds";
  return `${negative ? "-" : ""}P${inTime ? "T" : ""}${Math.max(0, Math.round(amount))}${letter}`;
}
