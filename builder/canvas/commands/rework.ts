/** Larger changes of a journey as operations: another type, out of the flow, up and down in it. */

import { positionOf } from "../model/edits";
import { exits, isPlain } from "../model/handles";
import type { Config, Handle, JourneyDocument, JourneyEdge, JourneyNode, NodeType, Op, Schema, Types } from "../model/types";
import { isRecord } from "../model/types";

// --- Another type ------------------------------------------------------------------------------

export interface Replaced {
  ops: Op[];
  /** Lines for which the new type has no way. */
  dropped: JourneyEdge[];
}

/**
 * The same node with another type: its id, name, place and what leads to it stay, so that nothing
 * that speaks of it breaks. Settings stay where the new form has the same field. A line keeps its
 * way if the new type has one of that name; the main way goes on as the new main way.
 */
export function replaced(doc: JourneyDocument, types: Types, node: JourneyNode, type: NodeType): Replaced {
  const config = fitting(node.config ?? {}, type.config_schema);
  const before = exits(types.get(node.type), node.config);
  const after = exits(type, config);
  const names = new Set(after.map((h) => h.name));
  const own = doc.edges.filter((e) => e.from === node.id);
  const main = before.find((h) => h.hoped && !names.has(h.name) && own.some((e) => e.handle === h.name));
  const free = after.filter((h) => !own.some((e) => e.handle === h.name));
  const next = free.find((h) => h.hoped) ?? free.find((h) => !h.folded);
  const ops: Op[] = [];
  const dropped: JourneyEdge[] = [];
  if (type.category === "trigger") {
    for (const edge of doc.edges.filter((e) => e.to === node.id)) {
      ops.push({ op: "edge.del", ...edge });
      dropped.push(edge);
    }
  }
  for (const edge of own.filter((e) => !names.has(e.handle) && e.to !== node.id)) {
    ops.push({ op: "edge.del", ...edge });
    if (edge.handle !== main?.name || !next) dropped.push(edge);
  }
  ops.push({ op: "node.type", id: node.id, type: type.type, version: type.version, config });
  if (main && next) {
    for (const edge of own) if (edge.handle === main.name) ops.push({ op: "edge.add", ...edge, handle: next.name });
  }
  return { ops, dropped };
}

/** The settings that the new form has a field for, of the same kind. */
function fitting(config: Config, schema: Schema): Config {
  const known = schema.properties ?? {};
  return Object.fromEntries(
    Object.entries(config).filter(([field, value]) => {
      const wanted = known[field];
      if (!wanted) return false;
      const kinds = [wanted.type ?? []].flat();
      const kind = Array.isArray(value) ? "array" : isRecord(value) ? "object" : typeof value;
      return kinds.length === 0 || kinds.includes(kind) || (kind === "number" && kinds.includes("integer"));
    }),
  );
}

// --- Out of the flow ---------------------------------------------------------------------------

/** Deletes nodes and lets what came before them lead to what came after, by their main ways. */
export function joined(doc: JourneyDocument, types: Types, ids: ReadonlySet<string>): Op[] {
  const after = (id: string, seen: Set<string>): string[] => {
    if (!ids.has(id)) return [id];
    if (seen.has(id)) return [];
    seen.add(id);
    const way = mainWay(doc, types, id);
    return way.flatMap((edge) => after(edge.to, seen));
  };
  const ops: Op[] = doc.nodes.filter((n) => ids.has(n.id)).map((n): Op => ({ op: "node.del", id: n.id }));
  const there = new Set(doc.edges.filter((e) => !ids.has(e.from) && !ids.has(e.to)).map(key));
  for (const edge of doc.edges) {
    if (ids.has(edge.from) || !ids.has(edge.to)) continue;
    for (const to of after(edge.to, new Set())) {
      const line = { ...edge, to };
      if (to === edge.from || there.has(key(line))) continue;
      there.add(key(line));
      ops.push({ op: "edge.add", ...line });
    }
  }
  return ops;
}

function key({ from, handle, to }: JourneyEdge): string {
  return JSON.stringify([from, handle, to]);
}

/** The lines of the first hoped way that leads somewhere; without one, of the first way at all. */
function mainWay(doc: JourneyDocument, types: Types, id: string): JourneyEdge[] {
  const node = doc.nodes.find((n) => n.id === id);
  const own = doc.edges.filter((e) => e.from === id);
  const used = exits(types.get(node?.type ?? ""), node?.config).filter((h) => own.some((e) => e.handle === h.name));
  const handle = (used.find((h) => h.hoped) ?? used[0])?.name ?? own[0]?.handle;
  return own.filter((e) => e.handle === handle);
}

// --- Up and down -------------------------------------------------------------------------------

/** Changes places with the next node on the main way; null where there is none to change with. */
export function movedDown(doc: JourneyDocument, types: Types, id: string): Op[] | null {
  const [way, ...others] = mainWay(doc, types, id);
  if (!way || others.length > 0) return null;
  const next = doc.nodes.find((n) => n.id === way.to);
  const into = doc.edges.filter((e) => e.to === way.to);
  const own = doc.nodes.find((n) => n.id === id);
  if (!next || !own || into.length !== 1 || isTrigger(types, own) || isTrigger(types, next)) return null;
  const on = mainWay(doc, types, next.id);
  const leaving = firstWay(types, next);
  if (!leaving || on.some((e) => e.to === id)) return null;
  const before = doc.edges.filter((e) => e.to === id);
  const handle = on[0]?.handle ?? leaving.name;
  const places = [positionOf(doc, id), positionOf(doc, next.id)] as const;
  return [
    ...[...before, way, ...on].map((e): Op => ({ op: "edge.del", from: e.from, handle: e.handle, to: e.to })),
    ...before.map((e): Op => ({ op: "edge.add", from: e.from, handle: e.handle, to: next.id })),
    { op: "edge.add", from: next.id, handle, to: id },
    ...on.map((e): Op => ({ op: "edge.add", from: id, handle: way.handle, to: e.to })),
    { op: "node.move", id: next.id, position: places[0] },
    { op: "node.move", id, position: places[1] },
  ];
}

/** Changes places with the node before; null where several lead here or none. */
export function movedUp(doc: JourneyDocument, types: Types, id: string): Op[] | null {
  const [into, ...others] = doc.edges.filter((e) => e.to === id);
  if (!into || others.length > 0) return null;
  if (!mainWay(doc, types, into.from).some((e) => e.to === id)) return null;
  return movedDown(doc, types, into.from);
}

function isTrigger(types: Types, node: JourneyNode): boolean {
  return types.get(node.type)?.category === "trigger";
}

function firstWay(types: Types, node: JourneyNode): Handle | undefined {
  const all = exits(types.get(node.type), node.config);
  return all.find(isPlain) ?? all.find((h) => h.hoped) ?? all.find((h) => !h.folded);
}

// --- What hangs together -----------------------------------------------------------------------

/** All nodes that can come after these (or before them), these included. */
export function reached(doc: JourneyDocument, ids: Iterable<string>, way: "following" | "preceding"): string[] {
  const found = new Set(ids);
  const queue = [...found];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    for (const { from, to } of doc.edges) {
      const [start, end] = way === "following" ? [from, to] : [to, from];
      if (start !== at || found.has(end)) continue;
      found.add(end);
      queue.push(end);
    }
  }
  return doc.nodes.map((n) => n.id).filter((id) => found.has(id));
}
