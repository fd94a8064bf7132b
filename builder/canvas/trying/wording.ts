/** What trying says, in the language in use. */

import { dateTimeText, numberText } from "../words/formats";
import { t } from "../words";
import type { Words } from "./path";
import type { PastRun, Sample } from "./types";

const UNITS: readonly ["day" | "hour" | "minute" | "second", number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** "3 days" or "1 hour 30 minutes": the two largest units. */
export function longText(seconds: number): string {
  const parts: string[] = [];
  let rest = Math.round(seconds);
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(numberText(count, { style: "unit", unit, unitDisplay: "long" }));
    if (parts.length === 2) break;
  }
  return parts.join(" ") || t("try.at_once");
}

/** When a step was, counted from the beginning: "after 3 days". */
export function afterText(seconds: number): string {
  return seconds < 1 ? t("try.at_once") : t("try.after", { time: longText(seconds) });
}

export function markWords(): Words {
  return {
    passed: t("try.passed"),
    failed: t("try.failed"),
    pinned: t("try.pinned"),
    skipped: t("try.skipped"),
    waiting: t("try.waits_here"),
    assumed: t("try.assumed"),
    waited: longText,
  };
}

export function sampleText(sample: Sample): string {
  if (sample.origin === "made") return t("try.made_up");
  if (sample.origin === "example") return t("try.example", { title: sample.title });
  return t("try.real", { title: sample.title, at: sample.at ? dateTimeText(sample.at) : "" });
}

export function runText(run: PastRun): string {
  const end = t(`try.end_${run.status}`);
  return t("try.run_line", { at: dateTimeText(run.started_at), end, version: String(run.version) });
}
