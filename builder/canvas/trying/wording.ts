/** What trying says, in the language in use. */

import { exits, isPlain } from "../model/handles";
import { titleOf } from "../model/sentences";
import type { JourneyDocument, Types } from "../model/types";
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

export function sampleText(sample: Sample, doc: Pick<JourneyDocument, "nodes">, types: Types): string {
  if (sample.origin === "template") return templateText(sample, doc, types);
  if (sample.origin === "made") return t("try.made_up");
  if (sample.origin === "example") return t("try.example", { title: sample.title });
  return t("try.real", { title: sample.title, at: sample.at ? dateTimeText(sample.at) : "" });
}

/** "Greta: What is it about? → complaint". */
function templateText(sample: Sample, doc: Pick<JourneyDocument, "nodes">, types: Types): string {
  const node = doc.nodes.find((one) => one.id === sample.way?.node);
  if (!node) return sample.title;
  const type = types.get(node.type);
  const handle = exits(type, node.config).find((one) => one.name === sample.way?.handle);
  const values = { name: sample.title, step: titleOf(node, type) };
  return !handle || isPlain(handle) ? t("try.sample", values) : t("try.sample_way", { ...values, way: handle.label });
}

export function runText(run: PastRun): string {
  const end = t(`try.end_${run.status}`);
  return t("try.run_line", { at: dateTimeText(run.started_at), end, version: String(run.version) });
}
