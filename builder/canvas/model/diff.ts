/**
 * What differs between two documents, as a list that leads from one to the other: `applied(before,
 * diff(before, after))` is `after` again (an empty list of places or notes counts as none).
 */

import { edgeId } from "./ops";
import { isRecord, same, type JourneyDocument, type JourneyEdge, type JourneyNode, type Json, type Note, type Point } from "./types";

/** A field's name, a place in a list, or the item of a list whose `key` is this. */
export type Step = string | number | { key: string; is: string };
export type Path = readonly Step[];

export type FieldChange =
  | { kind: "set"; path: Path; before: Json | undefined; after: Json | undefined }
  /** The items of a list, by their key, stand in another order. */
  | { kind: "order"; path: Path; key: string; before: string[]; after: string[] };

export type NodeChange =
  | { kind: "added"; id: string; node: JourneyNode; to?: Point }
  | { kind: "removed"; id: string; node: JourneyNode; from?: Point }
  /** `fields` empty: it was only moved. */
  | { kind: "changed"; id: string; before: JourneyNode; after: JourneyNode; fields: FieldChange[]; from?: Point; to?: Point };

export interface EdgeChange {
  kind: "added" | "removed";
  edge: JourneyEdge;
}

export interface NoteChange {
  id: string;
  before: Note | null;
  after: Note | null;
}

export interface Diff {
  nodes: NodeChange[];
  edges: EdgeChange[];
  notes: NoteChange[];
  /** Of the journey itself: its name, its settings, the groups on the canvas. */
  fields: FieldChange[];
  /** Only where what is added at the end does not make it by itself. */
  order: { nodes?: string[]; edges?: string[]; notes?: string[] };
}

type Fields = { [key: string]: Json };

/** Keys that name the items of a list, the surest first. */
const KEYS = ["id", "name", "key", "handle", "field"];

export function diff(before: JourneyDocument, after: JourneyDocument): Diff {
  const found: Diff = { nodes: [], edges: [], notes: [], fields: [], order: {} };
  nodesOf(before, after, found);
  const [oldEdges, newEdges] = [byEdge(before), byEdge(after)];
  for (const [id, edge] of oldEdges) if (!newEdges.has(id)) found.edges.push({ kind: "removed", edge });
  for (const [id, edge] of newEdges) if (!oldEdges.has(id)) found.edges.push({ kind: "added", edge });
  const [oldNotes, newNotes] = [byId(before.ui?.notes ?? []), byId(after.ui?.notes ?? [])];
  for (const id of union(oldNotes, newNotes)) {
    const [old, now] = [oldNotes.get(id) ?? null, newNotes.get(id) ?? null];
    if (!same(old, now)) found.notes.push({ id, before: old, after: now });
  }
  values(rest(before), rest(after), [], found.fields);
  const order = {
    nodes: orderOf(before.nodes.map((n) => n.id), after.nodes.map((n) => n.id)),
    edges: orderOf([...oldEdges.keys()], [...newEdges.keys()]),
    notes: orderOf([...oldNotes.keys()], [...newNotes.keys()]),
  };
  found.order = Object.fromEntries(Object.entries(order).filter(([, ids]) => ids !== undefined));
  return found;
}

export function isEmpty(found: Diff): boolean {
  const lists = [found.nodes, found.edges, found.notes, found.fields, Object.keys(found.order)];
  return lists.every((list) => list.length === 0);
}

function nodesOf(before: JourneyDocument, after: JourneyDocument, found: Diff): void {
  const [old, now] = [byId(before.nodes), byId(after.nodes)];
  for (const id of union(old, now)) {
    const [was, is] = [old.get(id), now.get(id)];
    const [from, to] = [before.ui?.positions?.[id], after.ui?.positions?.[id]];
    if (was && is) {
      const fields = compared(was, is);
      const moved = same(from, to) ? {} : { ...(from ? { from } : {}), ...(to ? { to } : {}) };
      if (fields.length > 0 || !same(from, to)) found.nodes.push({ kind: "changed", id, before: was, after: is, fields, ...moved });
    } else if (is) found.nodes.push({ kind: "added", id, node: is, ...(to ? { to } : {}) });
    else if (was) found.nodes.push({ kind: "removed", id, node: was, ...(from ? { from } : {}) });
  }
}

const known = new WeakMap<JourneyNode, { was: JourneyNode; fields: FieldChange[] }>();

/** Where two nodes differ. An edit leaves all other nodes the same objects: those are not compared again. */
export function compared(was: JourneyNode, is: JourneyNode): FieldChange[] {
  const before = known.get(is);
  if (before?.was === was) return before.fields;
  const fields: FieldChange[] = [];
  values(plain(was), plain(is), [], fields);
  known.set(is, { was, fields });
  return fields;
}

/** A node as it counts: no config is an empty one. */
function plain(node: JourneyNode): Json {
  return { ...node, config: node.config ?? {} } as unknown as Json;
}

/** What is not told as a node, an edge, a note or a place. */
function rest(doc: JourneyDocument): Json {
  const { nodes: _, edges: __, ui, ...heads } = doc;
  const { positions, notes: ___, ...other } = ui ?? {};
  const known = new Set(doc.nodes.map((n) => n.id));
  const stray = Object.entries(positions ?? {}).filter(([id]) => !known.has(id));
  const shown = { ...other, ...(stray.length ? { positions: Object.fromEntries(stray) } : {}) };
  return { ...heads, ...(Object.keys(shown).length ? { ui: shown } : {}) } as unknown as Json;
}

/** Collects where two values differ, as deep as they are alike in shape. */
function values(before: Json | undefined, after: Json | undefined, path: Path, found: FieldChange[]): void {
  if (same(before, after)) return;
  if (isRecord(before) && isRecord(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      values(own(before, key), own(after, key), [...path, key], found);
    }
    return;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const key = keyOf(before, after);
    if (key) return listed(before as Fields[], after as Fields[], key, path, found);
    if (before.length === after.length && [...before, ...after].every(isRecord)) {
      before.forEach((item, i) => values(item, after[i], [...path, i], found));
      return;
    }
  }
  found.push({ kind: "set", path, before, after });
}

function listed(before: Fields[], after: Fields[], key: string, path: Path, found: FieldChange[]): void {
  const [old, now] = [before, after].map((items) => new Map(items.map((item) => [String(item[key]), item])));
  if (!old || !now) return;
  for (const is of union(old, now)) values(old.get(is), now.get(is), [...path, { key, is }], found);
  const order = orderOf([...old.keys()], [...now.keys()]);
  if (order) found.push({ kind: "order", path, key, before: [...old.keys()], after: order });
}

/** The key that tells the items of both lists apart. */
function keyOf(before: readonly Json[], after: readonly Json[]): string | undefined {
  if (before.length === 0 && after.length === 0) return undefined;
  return KEYS.find((key) =>
    [before, after].every((items) => {
      const names = items.map((item) => (isRecord(item) ? own(item, key) : undefined));
      return names.every((name) => typeof name === "string") && new Set(names).size === items.length;
    }),
  );
}

/** The order of `after`, unless taking out and adding at the end gives it. */
function orderOf(before: readonly string[], after: readonly string[]): string[] | undefined {
  const [old, now] = [new Set(before), new Set(after)];
  const natural = [...before.filter((id) => now.has(id)), ...after.filter((id) => !old.has(id))];
  return same(natural, after) ? undefined : [...after];
}

// --- Carrying it out ---------------------------------------------------------------------------

/** `before` with everything done that the list says. */
export function applied(before: JourneyDocument, list: Diff): JourneyDocument {
  const nodes = byId(before.nodes);
  const positions = Object.fromEntries(Object.entries(before.ui?.positions ?? {}).filter(([id]) => nodes.has(id)));
  for (const change of list.nodes) {
    if (change.kind === "removed") {
      nodes.delete(change.id);
      delete positions[change.id];
      continue;
    }
    const node = change.kind === "added" ? change.node : change.after;
    nodes.set(change.id, change.kind === "added" ? node : withFields(change.before, change.fields));
    if (change.to) positions[change.id] = change.to;
    else if (change.kind === "changed" && change.from) delete positions[change.id];
  }
  const edges = byEdge(before);
  for (const { kind, edge } of list.edges) {
    if (kind === "removed") edges.delete(edgeId(edge));
    else edges.set(edgeId(edge), edge);
  }
  const notes = byId(before.ui?.notes ?? []);
  for (const { id, after } of list.notes) {
    if (after) notes.set(id, after);
    else notes.delete(id);
  }
  const heads = list.fields.reduce(set, rest(before)) as unknown as JourneyDocument;
  return {
    ...heads,
    nodes: ordered(nodes, list.order.nodes),
    edges: ordered(edges, list.order.edges),
    ui: { ...heads.ui, positions: { ...heads.ui?.positions, ...positions }, notes: ordered(notes, list.order.notes) },
  };
}

function withFields(node: JourneyNode, fields: readonly FieldChange[]): JourneyNode {
  return fields.reduce(set, plain(node)) as unknown as JourneyNode;
}

function set(value: Json, change: FieldChange): Json {
  return (change.kind === "set" ? replaced(value, change.path, change.after) : reordered(value, change)) ?? null;
}

function replaced(value: Json | undefined, path: Path, to: Json | undefined): Json | undefined {
  const [step, ...more] = path;
  if (step === undefined) return to;
  if (typeof step === "string") {
    const { [step]: old, ...others } = isRecord(value) ? value : {};
    const next = replaced(old, more, to);
    return next === undefined ? others : { ...others, [step]: next };
  }
  const items = Array.isArray(value) ? value : [];
  const at = typeof step === "number" ? step : items.findIndex((item) => isRecord(item) && item[step.key] === step.is);
  const next = replaced(items[at], more, to);
  if (at < 0) return next === undefined ? items : [...items, next];
  return items.flatMap((item, i) => (i !== at ? [item] : next === undefined ? [] : [next]));
}

function reordered(value: Json, change: FieldChange & { kind: "order" }): Json | undefined {
  const items = at(value, change.path);
  if (!Array.isArray(items)) return value;
  const known = new Map(items.map((item) => [isRecord(item) ? String(item[change.key]) : "", item]));
  return replaced(value, change.path, ordered(known, change.after));
}

/** The value at a path; undefined where there is none. */
export function at(value: Json | undefined, path: Path): Json | undefined {
  let found: Json | undefined = value;
  for (const step of path) {
    if (typeof step === "string") found = isRecord(found) ? own(found, step) : undefined;
    else if (!Array.isArray(found)) return undefined;
    else if (typeof step === "number") found = found[step];
    else found = found.find((item) => isRecord(item) && item[step.key] === step.is);
  }
  return found;
}

function ordered<T>(items: ReadonlyMap<string, T>, order: readonly string[] | undefined): T[] {
  if (!order) return [...items.values()];
  return order.flatMap((id) => items.get(id) ?? []);
}

function byId<T extends { id: string }>(items: readonly T[]): Map<string, T> {
  return new Map(items.map((item) => [item.id, item]));
}

const names = new WeakMap<JourneyEdge, string>();

function nameOf(edge: JourneyEdge): string {
  const found = names.get(edge) ?? edgeId(edge);
  names.set(edge, found);
  return found;
}

function byEdge(doc: JourneyDocument): Map<string, JourneyEdge> {
  return new Map(doc.edges.map((edge) => [nameOf(edge), edge]));
}

function union(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): Set<string> {
  return new Set([...a.keys(), ...b.keys()]);
}

function own(record: Fields, key: string): Json | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

// --- Counting ----------------------------------------------------------------------------------

/** One way of a node that leads elsewhere: some lines went, some came. */
export interface WayChange {
  from: string;
  handle: string;
  before: string[];
  after: string[];
}

/** The same change as a person counts: a node comes and goes together with its lines. */
export interface Counted {
  nodes: NodeChange[];
  /** Of nodes that are in both, and not because of one that came or went. */
  ways: WayChange[];
  fields: FieldChange[];
  /** Whether only the order of nodes or lines differs, which has a meaning. */
  order: boolean;
  /** What only people see: places, notes, groups. */
  layout: { moved: NodeChange[]; notes: NoteChange[]; fields: FieldChange[] };
}

export function counted(found: Diff): Counted {
  const isMove = (change: NodeChange) => change.kind === "changed" && change.fields.length === 0;
  const isLayout = ({ path }: FieldChange) => path[0] === "ui";
  const whole = new Set(found.nodes.filter((n) => n.kind !== "changed").map((n) => n.id));
  const nodes = found.nodes.filter((change) => !isMove(change));
  const fields = found.fields.filter((change) => !isLayout(change));
  const ways = waysOf(found.edges, whole);
  const others = nodes.length + found.edges.length + fields.length;
  return {
    nodes,
    ways,
    fields,
    order: others === 0 && (found.order.nodes ?? found.order.edges) !== undefined,
    layout: { moved: found.nodes.filter(isMove), notes: found.notes, fields: found.fields.filter(isLayout) },
  };
}

/** The ways that lead elsewhere; one that now goes by a new node, or past one that is gone, is told there. */
function waysOf(edges: readonly EdgeChange[], whole: ReadonlySet<string>): WayChange[] {
  const found = new Map<string, WayChange & { told: boolean }>();
  for (const { kind, edge } of edges) {
    const { from, handle, to } = edge;
    const key = edgeId({ from, handle, to: "" });
    const way = found.get(key) ?? { from, handle, before: [], after: [], told: whole.has(from) };
    found.set(key, way);
    if (whole.has(to)) way.told = true;
    else (kind === "removed" ? way.before : way.after).push(to);
  }
  const ways = [...found.values()].filter((way) => !way.told);
  return ways.map(({ told: _, ...way }) => way);
}

/** How many things of the draft differ from the live version. */
export function changes(draft: JourneyDocument, live: JourneyDocument): number {
  const { nodes, ways, fields, order } = counted(diff(live, draft));
  return nodes.length + ways.length + heads(fields).size + (order ? 1 : 0);
}

/** Settings that came or went all together, one by one. */
function settled(change: FieldChange): FieldChange[] {
  if (change.kind !== "set" || change.path.length !== 1 || change.path[0] !== "settings") return [change];
  const [before, after] = [change.before, change.after].map((side) => (isRecord(side) ? side : {}));
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return names.map((name) => ({ kind: "set", path: ["settings", name], before: before?.[name], after: after?.[name] }));
}

/** The fields of the journey that differ, by name: a setting counts once. */
export function heads(fields: readonly FieldChange[]): Map<string, FieldChange[]> {
  const found = new Map<string, FieldChange[]>();
  for (const change of fields.flatMap(settled)) {
    const [first, second] = change.path;
    const name = first === "settings" && typeof second === "string" ? second : String(first);
    found.set(name, [...(found.get(name) ?? []), change]);
  }
  return found;
}
