/** What it means to leave by a way: the condition that is true for those who go there. */

import { t } from "../words";
import { capitalWords, conditionWords } from "./condition_words";
import { exits } from "./handles";
import { isRecord, type Config, type Json, type JourneyNode, type NodeType } from "./types";

export interface Meaning {
  /** The condition alone, for the line; "" for the way of all others. */
  short: string;
  /** A whole sentence, for the tooltip and for screen readers. */
  long: string;
}

/**
 * The meanings of a node's ways by their handles. A list whose rows name handles and hold a
 * condition gives one for each row; a single condition decides between the first two ways.
 */
export function meanings(node: JourneyNode, type: NodeType | undefined): Map<string, Meaning> {
  const found = new Map<string, Meaning>();
  const config = node.config ?? {};
  const ways = exits(type, config).filter((way) => way.hoped && !way.folded);
  const said: string[] = [];
  for (const [handle, condition] of rows(type, config)) {
    const short = conditionWords(condition);
    if (!short || found.has(handle)) continue;
    said.push(short);
    found.set(handle, { short, long: t("conditions.when", { what: short }) });
  }
  const rest = ways.filter((way) => !found.has(way.name));
  if (said.length) {
    const [last] = rest;
    if (rest.length === 1 && last) found.set(last.name, { short: "", long: t("conditions.otherwiseAll", { others: said.join("; ") }) });
    return found;
  }
  const [yes, no, more] = ways;
  const single = onlyCondition(type, config);
  if (!single || !yes || !no || more) return found;
  const short = conditionWords(single);
  if (!short) return found;
  found.set(yes.name, { short: capitalWords(single), long: t("conditions.when", { what: short }) });
  found.set(no.name, { short: "", long: t("conditions.otherwise", { what: short }) });
  return found;
}

function* rows(type: NodeType | undefined, config: Config): Generator<[string, Json]> {
  for (const spec of type?.handles ?? []) {
    if (!("field" in spec)) continue;
    const fields = type?.config_schema.properties?.[spec.field]?.items?.properties ?? {};
    const asked = Object.keys(fields).find((name) => fields[name]?.["x-field"]?.kind === "condition");
    const given = config[spec.field];
    if (!asked || !Array.isArray(given)) continue;
    for (const row of given) {
      if (!isRecord(row)) continue;
      const [handle, condition] = [row[spec.key], row[asked]];
      if (typeof handle === "string" && condition !== undefined) yield [handle, condition];
    }
  }
}

/** The condition of a type that asks nothing but one. */
function onlyCondition(type: NodeType | undefined, config: Config): Json | undefined {
  const fields = Object.entries(type?.config_schema.properties ?? {});
  const [first] = fields;
  if (fields.length !== 1 || !first || first[1]["x-field"]?.kind !== "condition") return undefined;
  return config[first[0]];
}
