/** What a text or a condition of a node may speak of: customer fields, the event, earlier steps. */

import { t } from "../words";
import { before } from "./graph";
import { exits } from "./handles";
import { titleOf } from "./sentences";
import { chances, type Chance } from "./surely";
import { examples, spokenOf, USUAL } from "./usual";
import { isRecord, type FieldChoice, type Fields, type Json, type JourneyDocument, type Schema, type Types } from "./types";

/** What a field holds, as far as it is known: it decides the comparisons and the value's editor. */
export type FieldKind = "text" | "number" | "yesno" | "date" | "list" | "any";

export interface Variable {
  path: string;
  label: string;
  kind: FieldKind;
  /** Values that were seen, the latest first. */
  samples: readonly Json[];
}

export interface VariableGroup {
  title: string;
  items: Variable[];
  /** When its values are there, if not always: "only if “Over 10,000?” went by yes". */
  when?: string;
}

export type PathScope = "run" | "arriving" | "body";

export function variables(
  doc: JourneyDocument,
  types: Types,
  fields: Fields | undefined,
  id: string | null,
  scope: PathScope = "run",
): VariableGroup[] {
  if (scope === "body") return [{ title: t("conditions.posted"), items: body() }];
  const event = eventItems(doc, types, fields, id, scope === "arriving" ? "entry" : "event");
  const groups: VariableGroup[] = [
    { title: t("conditions.customer"), items: customerItems(doc, fields, id) },
    { title: t(scope === "arriving" ? "conditions.startedBy" : "conditions.event"), items: event },
  ];
  if (scope === "arriving") {
    const arriving = [...properties(doc, types, fields, id, "event"), ...ofEvent("event")];
    groups.unshift({ title: t("conditions.arriving"), items: once(arriving) });
  }
  return [...groups, ...stepItems(doc, types, id)].filter((g) => g.items.length > 0);
}

/** The variable of a path, wherever it stands. */
export function findVariable(groups: readonly VariableGroup[], path: string): Variable | undefined {
  for (const group of groups) for (const item of group.items) if (item.path === path) return item;
  return undefined;
}

/** Groups with the items that a search fits: every word somewhere in title, label, path or sample. */
export function searched(groups: readonly VariableGroup[], search: string): VariableGroup[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return groups.flatMap((group) => {
    const items = group.items.filter((item) => {
      const text = `${group.title} ${item.label} ${item.path} ${sampleWords(item)}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    return items.length ? [{ ...group, items }] : [];
  });
}

/** The last value that was seen, short. */
export function sampleWords(item: Variable): string {
  const [first] = item.samples;
  if (first === undefined || first === null) return "";
  if (typeof first === "boolean") return t(first ? "conditions.yes" : "conditions.no");
  const text = typeof first === "object" ? JSON.stringify(first) : String(first);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

export function kindOfValue(value: Json | undefined): FieldKind {
  if (typeof value === "boolean") return "yesno";
  if (typeof value === "number") return "number";
  if (Array.isArray(value)) return "list";
  if (typeof value !== "string" || value === "") return "any";
  return /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}|$)/.test(value) ? "date" : "text";
}

function body(): Variable[] {
  return ["email", "customer.id", "user_id"].map((path) => ({
    path: `body.${path}`,
    label: path.replace(/[._]/g, " "),
    kind: "text",
    samples: [],
  }));
}

function made(choice: FieldChoice, path: string): Variable {
  const samples = choice.samples ?? (choice.sample === undefined || choice.sample === null ? [] : [choice.sample]);
  return { path, label: choice.label, kind: choice.kind ?? kindOfValue(samples[0]), samples };
}

function customerItems(doc: JourneyDocument, fields: Fields | undefined, id: string | null): Variable[] {
  const known = (fields?.customer ?? []).map((f) =>
    made(f, f.path.startsWith("customer.") ? f.path : `customer.${f.path}`),
  );
  const always = [untold("customer.email", t("conditions.email")), untold("customer.id", t("conditions.id"))];
  if (known.some((one) => !always.some(({ path }) => path === one.path))) return once([...known, ...always]);
  const usual = USUAL.map((name) => untold(`customer.${name}`, t(`conditions.usual.${name}`)));
  const spoken = spokenOf(doc, "customer", id).map((rest) => untold(`customer.${rest}`));
  return once([...usual, ...spoken, ...known, ...always]);
}

/** Something of which no value was seen yet. */
function untold(path: string, label?: string): Variable {
  const last = path.slice(path.lastIndexOf(".") + 1).replaceAll("_", " ");
  return { path, label: label ?? last, kind: label ? "text" : "any", samples: [] };
}

function eventItems(doc: JourneyDocument, types: Types, fields: Fields | undefined, id: string | null, root: string): Variable[] {
  const names = entryEvents(doc, types);
  const items = names.flatMap((name) => propertiesOf(fields, name, root));
  if (items.length === 0) {
    // None has come in yet: what the trigger's example holds, and what other steps count on.
    for (const [name, value] of Object.entries(examples(doc, types))) {
      items.push(made({ path: name, label: name.replaceAll("_", " "), sample: value }, `${root}.properties.${name}`));
    }
    items.push(...spokenOf(doc, `${root}.properties`, id).map((rest) => untold(`${root}.properties.${rest}`)));
  }
  return once([...items, ...ofEvent(root, names)]);
}

function ofEvent(root: string, names: string[] = []): Variable[] {
  return [
    { path: `${root}.name`, label: t("conditions.eventName"), kind: "text", samples: names },
    { path: `${root}.at`, label: t("conditions.eventAt"), kind: "date", samples: [] },
  ];
}

/** The names that the journey's entry events bear. */
export function entryEvents(doc: JourneyDocument, types: Types): string[] {
  const triggers = doc.nodes.filter((n) => types.get(n.type)?.category === "trigger" && !n.disabled);
  return [...new Set(triggers.map((n) => eventName(n.id, n.type, n.config?.event)))];
}

/** The name that a trigger's events bear: its own, else `webhook.<node id>` and the like. */
function eventName(id: string, type: string, named: unknown): string {
  return typeof named === "string" && named ? named : `${type.split(".").at(-1)}.${id}`;
}

function properties(doc: JourneyDocument, types: Types, fields: Fields | undefined, id: string | null, root: string): Variable[] {
  const node = doc.nodes.find((n) => n.id === id);
  const named = node?.config?.event;
  if (node && types.get(node.type)?.category === "trigger") return propertiesOf(fields, eventName(node.id, node.type, named), root);
  return typeof named === "string" ? propertiesOf(fields, named, root) : [];
}

function propertiesOf(fields: Fields | undefined, name: string, root: string): Variable[] {
  const known = fields?.events.find((e) => e.name === name)?.properties ?? [];
  return known
    .filter((p) => p.path !== "event.at" && p.path !== "event.name") // these stand in every event
    .map((p) => made(p, `${root}.properties.${p.path.replace(/^(event\.)?(properties\.)?/, "")}`));
}

function stepItems(doc: JourneyDocument, types: Types, id: string | null): VariableGroup[] {
  if (!id) return [];
  const starts = doc.nodes.filter((n) => types.get(n.type)?.category === "trigger" && !n.disabled).map((n) => n.id);
  const chance = chances(doc, id, starts);
  const nodes = new Map(doc.nodes.map((n) => [n.id, n]));
  return before(doc, id).flatMap((earlier) => {
    const node = nodes.get(earlier);
    const type = node && types.get(node.type);
    if (!node || !type || type.category === "trigger" || node.disabled) return [];
    const own = type.output_of ? node.config?.[type.output_of] : undefined;
    const items = [
      ...Object.entries(type.output?.properties ?? {}).map(([key, schema]) => output(earlier, key, schema, undefined)),
      ...Object.entries(isRecord(own) ? own : {}).map(([key, value]) => output(earlier, key, {}, value)),
    ];
    const when = whenWords(doc, types, chance.get(earlier));
    return items.length ? [{ title: titleOf(node, type), items: once(items), ...(when ? { when } : {}) }] : [];
  });
}

function output(step: string, key: string, schema: Schema, value: Json | undefined): Variable {
  const plain = typeof value === "string" && /\{[{%]/.test(value) ? undefined : value; // Liquid is no sample
  const kind = kindOfSchema(schema) ?? (value === undefined ? "any" : plain === undefined ? "text" : kindOfValue(plain));
  const samples = plain === undefined ? (schema.enum ?? []) : [plain];
  return { path: `steps.${step}.${key}`, label: key.replaceAll("_", " "), kind, samples };
}

function kindOfSchema(schema: Schema): FieldKind | undefined {
  const types = (Array.isArray(schema.type) ? schema.type : [schema.type]).filter((one) => one && one !== "null");
  if (types.length !== 1) return undefined;
  const found: { [type: string]: FieldKind } = { string: "text", number: "number", integer: "number", boolean: "yesno", array: "list" };
  return found[types[0] ?? ""];
}

function whenWords(doc: JourneyDocument, types: Types, chance: Chance | undefined): string {
  if (chance === null || chance === undefined) return "";
  if (chance === "perhaps") return t("conditions.perhaps");
  const node = doc.nodes.find((n) => n.id === chance.node);
  const type = node && types.get(node.type);
  if (!node) return t("conditions.perhaps");
  const label = exits(type, node.config).find((h) => h.name === chance.handle)?.label ?? chance.handle;
  return t("conditions.onlyIf", { step: titleOf(node, type), way: label });
}

function once(items: Variable[]): Variable[] {
  const paths = new Set<string>();
  return items.filter((item) => !paths.has(item.path) && paths.add(item.path));
}
