/** A field's value in the words of its form: "2 days", "budget is more than 10,000", "on". */

import { conditionWords } from "../model/conditions";
import { at, type FieldChange, type Path } from "../model/diff";
import { durationWords } from "../model/durations";
import { scheduleWords } from "../model/schedule";
import { titleOf } from "../model/sentences";
import { isRecord, same, type JourneyDocument, type Json, type Schema, type Types } from "../model/types";
import { t } from "../words";
import { listText, numberText } from "../words/formats";

/** What a value may be about: the other nodes of its document. */
export interface Around {
  doc: JourneyDocument;
  types: Types;
}

export interface Row {
  label: string;
  /** null: there is none. */
  before: string | null;
  after: string | null;
}

/** The rows of a form that the changes of an object come to; each field of the form once. */
export function rowsOf(schema: Schema | undefined, changes: readonly FieldChange[], skip: number, before: [Json | undefined, Around], after: [Json | undefined, Around]): Row[] {
  const found = new Map<string, Row>();
  for (const change of changes) {
    const { path, schema: own, label } = fieldOf(schema, change.path.slice(skip));
    const [old, now] = [at(before[0], path), at(after[0], path)];
    const name = JSON.stringify(path);
    if (change.kind === "order" && path.length === change.path.length - skip) {
      if (!turned(change.before, change.after)) continue;
      const [was, is] = [change.before.join(", "), change.after.join(", ")];
      found.set(`${name} order`, { label: t("history.order_of", { name: label }), before: was, after: is });
    } else found.set(name, { label, before: wordsOf(own, old, before[1]), after: wordsOf(own, now, after[1]) });
  }
  return [...found.values()];
}

/** Whether what both have stands in another order; that something is new between is no turn. */
function turned(before: readonly string[], after: readonly string[]): boolean {
  const [old, now] = [new Set(before), new Set(after)];
  return !same(before.filter((one) => now.has(one)), after.filter((one) => old.has(one)));
}

/** The field of the form that a path leads into, and what stands beside it: "Labels, project: Meaning". */
function fieldOf(schema: Schema | undefined, path: Path): { path: Path; schema: Schema | undefined; label: string } {
  const names: string[] = [];
  let own = schema;
  for (const [i, step] of path.entries()) {
    const kind = own?.["x-field"]?.kind;
    const form: boolean = i === 0 || kind === "group" || kind === "listing";
    const free = kind === "values" || kind === "headers";
    if (!form && !free && typeof step === "string" && own) return { path: path.slice(0, i), schema: own, label: names.join(", ") };
    if (typeof step === "string") {
      own = own?.properties?.[step];
      names.push(own?.["x-field"]?.label || own?.title || step.replaceAll("_", " "));
      continue;
    }
    if (kind !== "listing") return { path: path.slice(0, i), schema: own, label: names.join(", ") };
    own = own?.items;
    if (i < path.length - 1) names.push(typeof step === "number" ? String(step + 1) : step.is);
    if (own && !own["x-field"]) own = { ...own, "x-field": { kind: "group" } };
  }
  return { path, schema: own, label: names.join(", ") };
}

/** null for what is not there. */
export function wordsOf(schema: Schema | undefined, value: Json | undefined, around: Around): string | null {
  if (value === undefined || value === null || value === "") {
    if (schema?.["x-field"]?.kind === "group") return usualOf(schema, around) || null;
    const usual = schema?.default;
    return usual === undefined || usual === null ? null : wordsOf({ ...schema, default: undefined } as Schema, usual, around);
  }
  return (WORDS[schema?.["x-field"]?.kind ?? ""] ?? plain)(value, schema, around) || plain(value);
}

type Say = (value: Json, schema: Schema | undefined, around: Around) => string;

const WORDS: { [kind: string]: Say } = {
  duration: (value) => durationWords(value),
  due: (value) => durationWords(value),
  condition: (value) => conditionWords(value),
  cron: (value) => scheduleWords(value),
  choice: (value, schema) => schema?.["x-field"]?.options?.[String(value)] ?? "",
  either: (value, schema) => schema?.["x-field"]?.options?.[String(value)] ?? "",
  node: (value, _, { doc, types }) => {
    const node = doc.nodes.find(({ id }) => id === value);
    return node ? titleOf(node, types.get(node.type)) : "";
  },
  group: (value, schema, around) => object(value, schema, around),
  listing: (value, schema, around) =>
    Array.isArray(value) ? value.map((item) => object(item, schema?.items, around)).join("; ") : "",
};

function object(value: Json, schema: Schema | undefined, around: Around): string {
  if (!isRecord(value)) return "";
  return Object.entries(value)
    .map(([key, item]) => wordsOf(schema?.properties?.[key], item, around))
    .filter(Boolean)
    .join(": ");
}

/** What a group means that is not there: what its fields are without it. */
function usualOf(schema: Schema, around: Around): string {
  return Object.values(schema.properties ?? {}).map((own) => wordsOf(own, undefined, around)).filter(Boolean).join(": ");
}

function plain(value: Json): string {
  if (typeof value === "boolean") return t(value ? "history.on" : "history.off");
  if (typeof value === "number") return numberText(value);
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return listText(value as string[]);
  return JSON.stringify(value, null, 1);
}
