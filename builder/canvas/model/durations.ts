/** ISO 8601 durations: as parts, as words ("3 days"), and as an amount with a unit for the form. */

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
const SINGULAR: Record<Unit, string> = {
  years: "year",
  months: "month",
  weeks: "week",
  days: "day",
  hours: "hour",
  minutes: "minute",
  seconds: "second",
};

export function parseDuration(text: unknown): Duration | null {
  if (typeof text !== "string") return null;
  const match = FORM.exec(text);
  if (!match || text.endsWith("T") || text.endsWith("P")) return null;
  const numbers = match.slice(2).map((part) => Number(part ?? 0));
  const parts = Object.fromEntries(PARTS.map((unit, i) => [unit, numbers[i] ?? 0]));
  return { negative: match[1] === "-", ...parts } as unknown as Duration;
}

export function durationWords(text: unknown): string {
  const duration = parseDuration(text);
  if (!duration) return typeof text === "string" ? text : "";
  const words = PARTS.filter((unit) => duration[unit] > 0).map((unit) =>
    amountWords(duration[unit], unit),
  );
  if (words.length === 0) return "no time";
  if (words.length === 1) return words[0] ?? "";
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

export function amountWords(amount: number, unit: Unit): string {
  return `${amount} ${amount === 1 ? SINGULAR[unit] : unit}`;
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
