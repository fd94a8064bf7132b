/** Carries out operations on a document, and makes the operations that take them back. */

import { groupFrom } from "./groups";
import type { Config, Group, JourneyDocument, JourneyEdge, JourneyNode, Json, Op } from "./types";
import { same } from "./types";
import { Worktop } from "./worktop";

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
  const work = new Worktop(document);
  for (const op of ops) carryOut(work, op);
  return work.done();
}

/** The same, with the operations that lead back, order included: what undo needs. */
export function applyBoth(
  document: JourneyDocument,
  ops: readonly Op[],
): { document: JourneyDocument; back: Op[] } {
  const work = new Worktop(document);
  const back: Op[][] = [];
  for (const op of ops) {
    const opposites = opposite(work, op);
    carryOut(work, op);
    back.push(opposites);
  }
  return { document: work.done(), back: onceForEachGroup(back.reverse().flat()) };
}

/** Each node that comes back sets its group, with more members each time: the last one does. */
function onceForEachGroup(ops: readonly Op[]): Op[] {
  const later = new Map<string, ReadonlySet<string>>();
  const kept = [...ops].reverse().filter((op) => {
    if (op.op !== "group.set") return true;
    const known = later.get(op.id);
    if (known && op.nodes.every((id) => known.has(id))) return false;
    later.set(op.id, new Set(op.nodes));
    return true;
  });
  return kept.reverse();
}

/** Carries out what still fits and leaves out the rest: used when someone else edited meanwhile. */
export function applyWhatFits(
  document: JourneyDocument,
  ops: readonly Op[],
): { document: JourneyDocument; kept: Op[] } {
  const kept: Op[] = [];
  const work = new Worktop(document);
  for (const op of ops) {
    try {
      carryOut(work, op);
      kept.push(op);
    } catch (error) {
      if (!(error instanceof OperationRefused)) throw error;
    }
  }
  return { document: work.done(), kept };
}

/** An operation that is refused has changed nothing. */
function carryOut(work: Worktop, op: Op): void {
  switch (op.op) {
    case "node.add":
      if (work.node(op.node.id)) throw new OperationRefused(`There is already a node ${op.node.id}.`);
      notAGroup(work, op.node.id);
      work.addNode(op.node, op.at);
      if (op.position) work.setPlace(op.node.id, op.position);
      return;
    case "node.move":
      node(work, op.id);
      return work.setPlace(op.id, op.position);
    case "node.del":
      return work.removeNode(node(work, op.id));
    case "node.set":
      return change(work, op.id, { config: op.config });
    case "node.patch": {
      const { config = {} } = node(work, op.id);
      const next = { ...config, ...op.set };
      for (const field of op.unset ?? []) delete next[field];
      return change(work, op.id, { config: next });
    }
    case "node.type":
      return change(work, op.id, { type: op.type, version: op.version, config: op.config });
    case "node.title":
      return change(work, op.id, { title: op.title || undefined });
    case "node.disable":
      return change(work, op.id, { disabled: op.disabled || undefined });
    case "edge.add": {
      node(work, op.from);
      node(work, op.to);
      const edge = { from: op.from, handle: op.handle, to: op.to };
      if (work.lines(edge).length > 0) {
        throw new OperationRefused(`There is already a line from ${op.from} to ${op.to}.`);
      }
      return work.addEdge(edge, op.at);
    }
    case "edge.del": {
      const found = work.lines(op);
      if (found.length === 0) throw new OperationRefused(`There is no line from ${op.from} by ${op.handle} to ${op.to}.`);
      for (const edge of found) work.removeEdge(edge);
      return;
    }
    case "doc.set": {
      const { op: _, ...fields } = op;
      return work.setFields(fields);
    }
    case "note.set": {
      notAGroup(work, op.id);
      const { op: _, ...note } = op;
      return work.setNote(note);
    }
    case "note.del":
      return work.removeNote(op.id);
    case "group.set":
      return work.putGroup(madeGroup(work, op));
    case "group.del":
      return work.removeGroup(op.id);
    case "doc.replace":
      return work.begin(op.document);
  }
}

/** The operations that lead back from `applyOps(document, ops)` to `document`, order included. */
export function inverse(document: JourneyDocument, ops: readonly Op[]): Op[] {
  return applyBoth(document, ops).back;
}

function opposite(work: Worktop, op: Op): Op[] {
  switch (op.op) {
    case "node.add":
      return [{ op: "node.del", id: op.node.id }];
    case "node.move": {
      const before = work.place(op.id);
      return before ? [{ op: "node.move", id: op.id, position: before }] : [];
    }
    case "node.del": {
      const was = node(work, op.id);
      const position = work.place(op.id);
      const edges = work.inOrder(work.linesAt(op.id));
      return [
        { op: "node.add", node: was, ...(position ? { position } : {}), at: work.indexOf(was) },
        ...edges.map(([edge, at]): Op => ({ op: "edge.add", ...edge, at })),
        ...work.groupsWith(op.id).map((group): Op => ({ op: "group.set", ...group })),
      ];
    }
    case "node.set":
      return [{ op: "node.set", id: op.id, config: node(work, op.id).config ?? {} }];
    case "node.patch":
      return [unpatched(node(work, op.id).config ?? {}, op)];
    case "node.type": {
      const { type, version, config = {} } = node(work, op.id);
      return [{ op: "node.type", id: op.id, type, ...(version === undefined ? {} : { version }), config }];
    }
    case "node.title":
      return [{ op: "node.title", id: op.id, title: node(work, op.id).title ?? "" }];
    case "node.disable":
      return [{ op: "node.disable", id: op.id, disabled: node(work, op.id).disabled ?? false }];
    case "edge.add":
      return [{ op: "edge.del", from: op.from, handle: op.handle, to: op.to }];
    case "edge.del":
      return work.inOrder(work.lines(op)).map(([edge, at]): Op => ({ op: "edge.add", ...edge, at }));
    case "doc.set": {
      const keys = (["name", "about", "stage", "settings"] as const).filter((k) => k in op);
      return [{ op: "doc.set", ...Object.fromEntries(keys.map((k) => [k, work.field(k) ?? null])) }];
    }
    case "doc.replace":
      return [{ op: "doc.replace", document: work.done() }];
    case "note.set": {
      const before = work.note(op.id);
      return [before ? { op: "note.set", ...before } : { op: "note.del", id: op.id }];
    }
    case "note.del": {
      const before = work.note(op.id);
      return before ? [{ op: "note.set", ...before }] : [];
    }
    case "group.set": {
      const made = madeGroup(work, op);
      const own = work.groups.get(op.id);
      const left = made.nodes.flatMap((id) => work.groupsWith(id));
      const before = [...new Set([...(own ? [own] : []), ...left])].filter((group) => !same(group, made));
      const back = before.map((group): Op => ({ op: "group.set", ...group }));
      return own ? back : [{ op: "group.del", id: op.id }, ...back];
    }
    case "group.del": {
      const own = work.groups.get(op.id);
      return own ? [{ op: "group.set", ...own }] : [];
    }
  }
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

function notAGroup(work: Worktop, id: string): void {
  if (work.groups.has(id)) throw new OperationRefused(`There is already a group ${id}.`);
}

function madeGroup(work: Worktop, op: Extract<Op, { op: "group.set" }>): Group {
  const group = groupFrom(op, work);
  if (typeof group === "string") throw new OperationRefused(group);
  return group;
}

function node(work: Worktop, id: string): JourneyNode {
  const found = work.node(id);
  if (!found) throw new OperationRefused(`There is no node ${id}.`);
  return found;
}

function change(work: Worktop, id: string, to: object): void {
  const was = node(work, id);
  const all = Object.entries({ ...was, ...to });
  work.setNode(was, Object.fromEntries(all.filter(([, value]) => value !== undefined)) as unknown as JourneyNode);
}
