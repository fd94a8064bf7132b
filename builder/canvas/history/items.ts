/** The difference of two states as a list that a person reads, in the order of the canvas. */

import { counted, heads, type Diff, type FieldChange, type NodeChange, type WayChange } from "../model/diff";
import { exits, isPlain } from "../model/handles";
import { sentenceOf, titleOf } from "../model/sentences";
import type { JourneyDocument, JourneyNode, Json, Point, Schema, Types } from "../model/types";
import { t } from "../words";
import { listText } from "../words/formats";
import { rowsOf, wordsOf, type Around, type Row } from "./values";

export type ItemKind = "added" | "removed" | "changed" | "moved";

export interface Item {
  id: string;
  kind: ItemKind;
  title: string;
  /** The node that it is about, to be shown on the canvas. */
  node: string | null;
  /** What a whole node does, or what happened when there is nothing to compare. */
  text: string;
  rows: Row[];
}

export interface Sides {
  before: JourneyDocument;
  after: JourneyDocument;
  types: Types;
  /** The form of the journey's own settings. */
  form: Schema;
}

export function itemsOf(found: Diff, sides: Sides): Item[] {
  const { nodes, ways, fields, order, layout } = counted(found);
  const placed = [...nodes.map((change) => nodeItem(change, found, sides)), ...ways.map((way) => wayItem(way, sides))];
  const place = (id: string | null): Point => (id && (sides.after.ui?.positions?.[id] ?? sides.before.ui?.positions?.[id])) || [0, 0];
  placed.sort((a, b) => {
    const [p, q] = [place(a.node), place(b.node)];
    return p[1] - q[1] || p[0] - q[0];
  });
  const items = [...journeyItems(fields, sides), ...placed];
  if (order) items.push(bare("order", "changed", t("history.order"), t("history.order_text")));
  const looks = layoutItem(layout, sides);
  return looks ? [...items, looks] : items;
}

/** How many of them customers notice. */
export function weight(items: readonly Item[]): number {
  return items.filter((item) => item.kind !== "moved").length;
}

function nodeItem(change: NodeChange, found: Diff, sides: Sides): Item {
  const { types } = sides;
  const node = change.kind === "changed" ? change.after : change.node;
  const title = titleOf(node, types.get(node.type));
  const item = { id: `node ${change.id}`, node: change.id, title, text: "", rows: [] as Row[] };
  if (change.kind === "changed") return { ...item, kind: "changed", ...nodeRows(change, sides) };
  const doc = change.kind === "added" ? sides.after : sides.before;
  return { ...item, kind: change.kind, text: [sentenceOf(node, types.get(node.type)), ...neighbours(change.id, doc, found, types)].join(". ") };
}

function nodeRows(change: NodeChange & { kind: "changed" }, { before: old, after: now, types }: Sides): { text: string; rows: Row[] } {
  const { before, after } = change;
  const rows: Row[] = [];
  const words: string[] = [];
  const [was, is] = [types.get(before.type), types.get(after.type)];
  for (const { path } of change.fields) {
    if (path[0] === "title") rows.push({ label: t("history.name"), before: titleOf(before, was), after: titleOf(after, is) });
    if (path[0] === "type") rows.push({ label: t("history.kind"), before: was?.title ?? before.type, after: is?.title ?? after.type });
    if (path[0] === "version" && before.type === after.type) rows.push({ label: t("history.node_version"), before: String(before.version ?? 1), after: String(after.version ?? 1) });
    if (path[0] === "disabled") words.push(t(after.disabled ? "history.turned_off" : "history.turned_on"));
  }
  const config = change.fields.filter(({ path }) => path[0] === "config");
  const form = { ...was?.config_schema, properties: { ...was?.config_schema.properties, ...is?.config_schema.properties } };
  rows.push(...rowsOf(form, config, 1, [before.config ?? {}, { doc: old, types }], [after.config ?? {}, { doc: now, types }]));
  return { text: words.join(". "), rows };
}

/** "Comes after …" and "Leads to …" of a node that came or went. */
function neighbours(id: string, doc: JourneyDocument, found: Diff, types: Types): string[] {
  const own = found.edges.map(({ edge }) => edge).filter((edge) => doc.edges.some((e) => e.from === edge.from && e.handle === edge.handle && e.to === edge.to));
  const from = own.filter((edge) => edge.to === id).map((edge) => named(doc, edge.from, types));
  const to = own.filter((edge) => edge.from === id).map((edge) => named(doc, edge.to, types));
  return [
    ...(from.length ? [t("history.comes_after", { names: listText([...new Set(from)]) })] : []),
    ...(to.length ? [t("history.leads_to", { names: listText([...new Set(to)]) })] : []),
  ];
}

function wayItem(way: WayChange, { before, after, types }: Sides): Item {
  const node = [...after.nodes, ...before.nodes].find(({ id }) => id === way.from) as JourneyNode;
  const handle = exits(types.get(node.type), node.config).find(({ name }) => name === way.handle);
  const plain = handle ? isPlain(handle) : way.handle === "out";
  const title = titleOf(node, types.get(node.type));
  const names = (ids: readonly string[], doc: JourneyDocument) => (ids.length ? listText(ids.map((id) => named(doc, id, types))) : null);
  return {
    id: `way ${way.from} ${way.handle}`,
    kind: way.before.length === 0 ? "added" : way.after.length === 0 ? "removed" : "changed",
    node: way.from,
    title: plain ? title : `${title}: ${handle?.label ?? way.handle}`,
    text: "",
    rows: [{ label: t("history.line"), before: names(way.before, before), after: names(way.after, after) }],
  };
}

function journeyItems(fields: readonly FieldChange[], { before, after, types, form }: Sides): Item[] {
  const value = (doc: JourneyDocument) => ({ ...doc.settings, name: doc.name, about: doc.about ?? null, stage: doc.stage ?? null }) as { [key: string]: Json };
  const rows = [...heads(fields)].flatMap(([name, changes]) => {
    const skip = changes[0]?.path[0] === "settings" && changes[0].path.length > 1 ? 1 : 0;
    const sides: [[Json, Around], [Json, Around]] = [[value(before), { doc: before, types }], [value(after), { doc: after, types }]];
    if (form.properties?.[name]) return rowsOf(form, changes, skip, ...sides);
    const of = (doc: JourneyDocument) => wordsOf(undefined, (skip ? doc.settings?.[name] : (doc as unknown as { [key: string]: Json })[name]), { doc, types });
    return [{ label: name.replaceAll("_", " "), before: of(before), after: of(after) }];
  });
  return rows.map((row, i) => ({ ...bare(`journey ${i}`, "changed", t("history.the_journey"), ""), rows: [row] }));
}

function layoutItem({ moved, notes, fields }: ReturnType<typeof counted>["layout"], { after, before, types }: Sides): Item | null {
  const rows = notes.map(({ before: old, after: now }): Row => ({ label: t("history.note"), before: old && old.text, after: now && now.text }));
  const words = [
    ...(moved.length ? [t("history.moved", { count: moved.length, names: few(moved.map((m) => named(m.kind === "removed" ? before : after, m.id, types))) })] : []),
    ...(fields.length ? [t("history.groups")] : []),
  ];
  if (rows.length === 0 && words.length === 0) return null;
  return { id: "layout", kind: "moved", title: t("history.layout"), node: moved[0]?.id ?? null, text: words.join(". "), rows: rows.filter((row) => row.before !== row.after) };
}

function few(names: readonly string[]): string {
  return names.length > 3 ? `${names.slice(0, 3).join(", ")}, …` : listText(names);
}

function named(doc: JourneyDocument, id: string, types: Types): string {
  const node = doc.nodes.find((n) => n.id === id);
  return node ? titleOf(node, types.get(node.type)) : id;
}

function bare(id: string, kind: ItemKind, title: string, text: string): Item {
  return { id, kind, node: null, title, text, rows: [] };
}

/** One line of all that changed, for a tooltip: "Wait: 2 days → 3 days". */
export function briefly(item: Item): string {
  const rows = item.rows.map(({ label, before, after }) => `${label}: ${cut(before)} → ${cut(after)}`);
  return [item.text, ...rows].filter(Boolean).join(". ");
}

function cut(text: string | null): string {
  if (text === null) return t("history.nothing");
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
