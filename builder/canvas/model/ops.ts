/** Carries out operations on a document, and makes the operations that take them back. */

import { groupFrom, groupsOf, regroup, withGroup, withoutGroup, withoutMember } from "./groups";
import type { Config, JourneyDocument, JourneyEdge, JourneyNode, Json, Op, Point } from "./types";

/** What this row of operations has made itself, and may change in its place. */
type Own = WeakSet<object>;

/** An operation that does not fit the document it meets (say its node is gone). */
export class OperationRefused extends Error {}

export function sameEdge(a: JourneyEdge, b: JourneyEdge): boolean {
  return a.from === b.from && a.handle === b.handle && a.to === b.to;
}

/** A name for an edge: two edges with the same name are the same. */
export function edgeId(edge: JourneyEdge): string {
  return JSON.stringify([edge.from, edge.handle, edge.to]);
}

/** The edges by the node that they leave. */
export function byStart(edges: readonly JourneyEdge[]): Map<string, JourneyEdge[]> {
  const found = new Map<string, JourneyEdge[]>();
  for (const edge of edges) {
    const own = found.get(edge.from);
    if (own) own.push(edge);
    else found.set(edge.from, [edge]);
  }
  return found;
}

export function applyOps(document: JourneyDocument, ops: readonly Op[]): JourneyDocument {
  const own: Own = new WeakSet();
  return ops.reduce((doc, op) => applyOp(doc, op, own), document);
}

/** The same, with the operations that lead back, order included: what undo needs. */
export function applyBoth(
  document: JourneyDocument,
  ops: readonly Op[],
): { document: JourneyDocument; back: Op[] } {
  const own: Own = new WeakSet();
  const back: Op[][] = [];
  for (const op of ops) {
    back.push(opposite(document, op));
    document = applyOp(document, op, own);
  }
  return { document, back: back.reverse().flat() };
}

/** Carries out what still fits and leaves out the rest: used when someone else edited meanwhile. */
export function applyWhatFits(
  document: JourneyDocument,
  ops: readonly Op[],
): { document: JourneyDocument; kept: Op[] } {
  const kept: Op[] = [];
  const own: Own = new WeakSet();
  for (const op of ops) {
    try {
      document = applyOp(document, op, own);
      kept.push(op);
    } catch (error) {
      if (!(error instanceof OperationRefused)) throw error;
    }
  }
  return { document, kept };
}

export function applyOp(doc: JourneyDocument, op: Op, own: Own = new WeakSet()): JourneyDocument {
  switch (op.op) {
    case "node.add": {
      if (doc.nodes.some((n) => n.id === op.node.id)) {
        throw new OperationRefused(`There is already a node ${op.node.id}.`);
      }
      notAGroup(doc, op.node.id);
      const added = { ...doc, nodes: inserted(doc.nodes, op.node, op.at) };
      return op.position ? placed(added, op.node.id, op.position, own) : added;
    }
    case "node.move":
      node(doc, op.id);
      return placed(doc, op.id, op.position, own);
    case "node.del":
      node(doc, op.id);
      return {
        ...unplaced(withoutMember(doc, op.id), op.id, own),
        nodes: doc.nodes.filter((n) => n.id !== op.id),
        edges: doc.edges.filter((e) => e.from !== op.id && e.to !== op.id),
      };
    case "node.set":
      return changed(doc, op.id, { config: op.config });
    case "node.patch": {
      const { config = {} } = node(doc, op.id);
      const next = { ...config, ...op.set };
      for (const field of op.unset ?? []) delete next[field];
      return changed(doc, op.id, { config: next });
    }
    case "node.type":
      return changed(doc, op.id, { type: op.type, version: op.version, config: op.config });
    case "node.title":
      return changed(doc, op.id, { title: op.title || undefined });
    case "node.disable":
      return changed(doc, op.id, { disabled: op.disabled || undefined });
    case "edge.add":
      return withEdge(doc, { from: op.from, handle: op.handle, to: op.to }, op.at);
    case "edge.del":
      if (!doc.edges.some((e) => sameEdge(e, op))) {
        throw new OperationRefused(`There is no line from ${op.from} by ${op.handle} to ${op.to}.`);
      }
      return { ...doc, edges: doc.edges.filter((e) => !sameEdge(e, op)) };
    case "doc.set": {
      const { op: _, ...set } = op;
      return without({ ...doc, ...set }, null) as JourneyDocument;
    }
    case "note.set": {
      notAGroup(doc, op.id);
      const { op: _, ...note } = op;
      const notes = doc.ui?.notes ?? [];
      const known = notes.some((n) => n.id === op.id);
      const next = known ? notes.map((n) => (n.id === op.id ? note : n)) : [...notes, note];
      return { ...doc, ui: { ...doc.ui, notes: next } };
    }
    case "note.del":
      return {
        ...doc,
        ui: { ...doc.ui, notes: (doc.ui?.notes ?? []).filter((n) => n.id !== op.id) },
      };
    case "group.set": {
      const group = groupFrom(doc, op);
      if (typeof group === "string") throw new OperationRefused(group);
      return withGroup(doc, group);
    }
    case "group.del":
      return withoutGroup(doc, op.id);
    case "doc.replace":
      return op.document;
  }
}

/** The operations that lead back from `applyOps(document, ops)` to `document`, order included. */
export function inverse(document: JourneyDocument, ops: readonly Op[]): Op[] {
  return applyBoth(document, ops).back;
}

function opposite(doc: JourneyDocument, op: Op): Op[] {
  switch (op.op) {
    case "node.add":
      return [{ op: "node.del", id: op.node.id }];
    case "node.move": {
      const before = doc.ui?.positions?.[op.id];
      return before ? [{ op: "node.move", id: op.id, position: before }] : [];
    }
    case "node.del": {
      const was = node(doc, op.id);
      const position = doc.ui?.positions?.[op.id];
      const edges = doc.edges.flatMap((e, at): Op[] =>
        e.from === op.id || e.to === op.id ? [{ op: "edge.add", ...e, at }] : [],
      );
      return [
        { op: "node.add", node: was, ...(position ? { position } : {}), at: doc.nodes.indexOf(was) },
        ...edges,
        ...regroup(doc, withoutMember(doc, op.id)),
      ];
    }
    case "node.set":
      return [{ op: "node.set", id: op.id, config: node(doc, op.id).config ?? {} }];
    case "node.patch":
      return [unpatched(node(doc, op.id).config ?? {}, op)];
    case "node.type": {
      const { type, version, config = {} } = node(doc, op.id);
      return [{ op: "node.type", id: op.id, type, ...(version === undefined ? {} : { version }), config }];
    }
    case "node.title":
      return [{ op: "node.title", id: op.id, title: node(doc, op.id).title ?? "" }];
    case "node.disable":
      return [{ op: "node.disable", id: op.id, disabled: node(doc, op.id).disabled ?? false }];
    case "edge.add":
      return [{ op: "edge.del", from: op.from, handle: op.handle, to: op.to }];
    case "edge.del":
      return [{ ...op, op: "edge.add", at: doc.edges.findIndex((e) => sameEdge(e, op)) }];
    case "doc.set":
    case "doc.replace":
      return docOpposite(doc, op);
    case "note.set": {
      const before = doc.ui?.notes?.find((n) => n.id === op.id);
      return [before ? { op: "note.set", ...before } : { op: "note.del", id: op.id }];
    }
    case "note.del": {
      const before = doc.ui?.notes?.find((n) => n.id === op.id);
      return before ? [{ op: "note.set", ...before }] : [];
    }
    case "group.set":
    case "group.del":
      return regroup(doc, applyOp(doc, op));
  }
}

function docOpposite(doc: JourneyDocument, op: Op): Op[] {
  if (op.op !== "doc.set") return [{ op: "doc.replace", document: doc }];
  const keys = (["name", "about", "stage", "settings"] as const).filter((k) => k in op);
  return [{ op: "doc.set", ...Object.fromEntries(keys.map((k) => [k, doc[k] ?? null])) }];
}

function unpatched(before: Config, op: Extract<Op, { op: "node.patch" }>): Op {
  const fields = [...Object.keys(op.set ?? {}), ...(op.unset ?? [])];
  return patch(op.id, { ...Object.fromEntries(fields.map((f) => [f, before[f]])) });
}

/** The fields of a config that are to have these values; `undefined` takes one out. */
export function patch(id: string, fields: { [field: string]: Json | undefined }): Op {
  const set: Config = {};
  const unset: string[] = [];
  for (const [field, value] of Object.entries(fields)) {
    if (value === undefined) unset.push(field);
    else set[field] = value;
  }
  return { op: "node.patch", id, set, ...(unset.length ? { unset } : {}) };
}

const OVERWRITE = new Set(["node.move", "node.set", "node.title", "node.disable", "note.set"]);

/** Of operations that overwrite each other with nothing in between only the last one. */
export function compacted(ops: readonly Op[]): Op[] {
  const all: Op[] = [];
  for (const op of ops) {
    const last = all.at(-1);
    const again = last && "id" in op && "id" in last && op.op === last.op && op.id === last.id;
    if (again && op.op === "node.patch" && last.op === "node.patch") {
      const gone = Object.fromEntries((op.unset ?? []).map((f) => [f, undefined]));
      const before = Object.fromEntries((last.unset ?? []).map((f) => [f, undefined]));
      all[all.length - 1] = patch(op.id, { ...last.set, ...before, ...op.set, ...gone });
    } else {
      if (again && OVERWRITE.has(op.op)) all.pop();
      all.push(op);
    }
  }
  return all;
}

function inserted<T>(items: readonly T[], item: T, at = items.length): T[] {
  return [...items.slice(0, at), item, ...items.slice(at)];
}

function notAGroup(doc: JourneyDocument, id: string): void {
  if (groupsOf(doc).some((g) => g.id === id)) {
    throw new OperationRefused(`There is already a group ${id}.`);
  }
}

function node(doc: JourneyDocument, id: string) {
  const found = doc.nodes.find((n) => n.id === id);
  if (!found) throw new OperationRefused(`There is no node ${id}.`);
  return found;
}

function changed(doc: JourneyDocument, id: string, change: object): JourneyDocument {
  node(doc, id);
  return { ...doc, nodes: doc.nodes.map((n) => (n.id === id ? (without({ ...n, ...change }, undefined) as JourneyNode) : n)) };
}

function without(value: object, nothing: null | undefined): object {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== nothing));
}

function placed(doc: JourneyDocument, id: string, position: Point, own: Own): JourneyDocument {
  const [next, positions] = ownPlaces(doc, own);
  positions[id] = position;
  return next;
}

function unplaced(doc: JourneyDocument, id: string, own: Own): JourneyDocument {
  if (!doc.ui?.positions || !(id in doc.ui.positions)) return doc;
  const [next, positions] = ownPlaces(doc, own);
  delete positions[id];
  return next;
}

/** The document with places that are this row's own: copied once, not for every node it moves. */
function ownPlaces(doc: JourneyDocument, own: Own): [JourneyDocument, { [id: string]: Point }] {
  const known = doc.ui?.positions;
  if (known && own.has(known)) return [doc, known];
  const positions = { ...known };
  own.add(positions);
  return [{ ...doc, ui: { ...doc.ui, positions } }, positions];
}

function withEdge(doc: JourneyDocument, edge: JourneyEdge, at?: number): JourneyDocument {
  node(doc, edge.from);
  node(doc, edge.to);
  if (doc.edges.some((e) => sameEdge(e, edge))) {
    throw new OperationRefused(`There is already a line from ${edge.from} to ${edge.to}.`);
  }
  return { ...doc, edges: inserted(doc.edges, edge, at) };
}
