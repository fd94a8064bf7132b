/** Numbers, dates and lists as the language in use writes them. */

import { formatter } from ".";

/** "1,234.5" or „1.234,5“. */
export function numberText(value: number, options: Intl.NumberFormatOptions = {}): string {
  return formatter(`number ${JSON.stringify(options)}`, (code) => new Intl.NumberFormat(code, options)).format(value);
}

/** A share from 0 to 1 as "12%" or „12 %“. */
export function percentText(share: number): string {
  return numberText(share, { style: "percent", maximumFractionDigits: 0 });
}

/** "14:02", where the person is. */
export function timeText(at: string | number | Date): string {
  const when = new Date(at);
  if (Number.isNaN(when.getTime())) return String(at);
  // Both languages write it so; the first formatter of a page takes it 20 ms, and this is the first.
  return [when.getHours(), when.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
}

/** "12 November 2026" or „12. November 2026“. */
export function dateText(at: string | number | Date): string {
  return dateBy(at, { day: "numeric", month: "long", year: "numeric" });
}

/** "12 Nov, 14:02" or „12. Nov., 14:02“. */
export function dateTimeText(at: string | number | Date): string {
  return dateBy(at, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false });
}

/** The day of the week, 0 is Sunday. */
export function weekdayText(day: number, width: "long" | "short" = "long"): string {
  const sunday = Date.UTC(2023, 0, 1 + (day % 7));
  return dateBy(sunday, { weekday: width, timeZone: "UTC" });
}

/** A date or time in a form of one's own. */
export function dateBy(at: string | number | Date, options: Intl.DateTimeFormatOptions): string {
  const when = new Date(at);
  if (Number.isNaN(when.getTime())) return String(at);
  return formatter(`date ${JSON.stringify(options)}`, (code) => new Intl.DateTimeFormat(code, options)).format(when);
}

/** "a, b and c" or „a, b oder c“. */
export function listText(parts: readonly string[], between: "and" | "or" = "and"): string {
  if (parts.length < 2) return parts[0] ?? ""; // most lists; a formatter takes 50 ms to make
  const type = between === "and" ? "conjunction" : "disjunction";
  return formatter(`list ${type}`, (code) => new Intl.ListFormat(code, { type })).format(parts);
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
];

/** "3 hours ago" or „in 2 Tagen“. */
export function agoText(at: string | number | Date, now: number): string {
  const gap = new Date(at).getTime() - now;
  const [unit, size] = STEPS.find(([, size]) => Math.abs(gap) >= size) ?? (["second", 1000] as const);
  return formatter("ago", (code) => new Intl.RelativeTimeFormat(code, { numeric: "auto" })).format(
    Math.round(gap / size),
    unit,
  );
}
