/**
 * The named operations that lead from one document to another: what a restore or an import changes.
 * Said by name, it goes together with what others edit meanwhile, and is taken back piece by piece.
 */

import { groupsOf } from "./groups";
import { applyOps, edgeId, OperationRefused, patch } from "./ops";
import { same, type Config, type Edit, type JourneyDocument, type JourneyNode, type Op, type Point } from "./types";

const ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const LONGEST_NOTE = 10_000;
const FAR = 1e7;

/** Null where the operations cannot say it: another order of nodes, fields that they do not know. */
export function between(before: JourneyDocument, after: JourneyDocument): Op[] | null {
  const ops = [...nodes(before, after), ...lines(before, after), ...journey(before, after), ...notes(before, after), ...groups(before, after)];
  if (!ops.every(isTaken)) return null;
  try {
    return isSame(applyOps(before, ops), after) ? ops : null;
  } catch (error) {
    if (error instanceof OperationRefused) return null; // say a line to a node that is not there
    throw error;
  }
}

/** The edit in named operations, as far as they can say it. */
export function byName(document: JourneyDocument, edit: Edit): Edit {
  const [op] = edit.ops;
  if (op?.op !== "doc.replace" || edit.ops.length > 1) return edit;
  return { ...edit, ops: between(document, op.document) ?? edit.ops };
}

/** What others did, with what a replaced document changed under our hands. */
export function changes(theirs: readonly Op[], known: boolean, before: JourneyDocument, after: JourneyDocument): readonly Op[] {
  if (known && theirs.every((op) => op.op !== "doc.replace")) return theirs;
  const named = between(before, after) ?? [{ op: "doc.replace" as const, document: after }];
  return [...theirs.filter((op) => op.op !== "doc.replace"), ...named];
}

function* nodes(before: JourneyDocument, after: JourneyDocument): Generator<Op> {
  const [old, now] = [byId(before.nodes), byId(after.nodes)];
  for (const { id } of before.nodes) if (!now.has(id)) yield { op: "node.del", id };
  for (const [at, node] of after.nodes.entries()) {
    const position = after.ui?.positions?.[node.id];
    const was = old.get(node.id);
    if (!was) yield { op: "node.add", node, ...(position ? { position } : {}), at };
    else {
      yield* ofNode(was, node);
      if (position && !same(position, before.ui?.positions?.[node.id])) yield { op: "node.move", id: node.id, position };
    }
  }
}

function* ofNode(was: JourneyNode, now: JourneyNode): Generator<Op> {
  const { id, config = {} } = now;
  if (was.type !== now.type || was.version !== now.version) {
    yield { op: "node.type", id, type: now.type, ...(now.version === undefined ? {} : { version: now.version }), config };
  } else {
    const old = was.config ?? {};
    const fields = [...new Set([...Object.keys(old), ...Object.keys(config)])].filter((f) => !same(old[f], config[f]));
    if (fields.length > 0) yield patch(id, Object.fromEntries(fields.map((f) => [f, config[f]])));
  }
  if ((was.title ?? "") !== (now.title ?? "")) yield { op: "node.title", id, title: now.title ?? "" };
  if ((was.disabled ?? false) !== (now.disabled ?? false)) yield { op: "node.disable", id, disabled: now.disabled ?? false };
}

/** Lines that stay, but stand in another order, are drawn anew. */
function* lines(before: JourneyDocument, after: JourneyDocument): Generator<Op> {
  const here = byId(after.nodes);
  const now = new Set(after.edges.map(edgeId));
  const left = before.edges.filter((e) => here.has(e.from) && here.has(e.to));
  for (const { from, handle, to } of left) if (!now.has(edgeId({ from, handle, to }))) yield { op: "edge.del", from, handle, to };
  const stay = left.map(edgeId).filter((id) => now.has(id));
  const old = new Set(stay);
  const wanted = after.edges.map(edgeId).filter((id) => old.has(id));
  const first = wanted.findIndex((id, i) => stay[i] !== id);
  const anew = new Set(first < 0 ? [] : wanted.slice(first));
  for (const { from, handle, to } of left) if (anew.has(edgeId({ from, handle, to }))) yield { op: "edge.del", from, handle, to };
  for (const [at, { from, handle, to }] of after.edges.entries()) {
    const id = edgeId({ from, handle, to });
    if (!old.has(id) || anew.has(id)) yield { op: "edge.add", from, handle, to, at };
  }
}

function* journey(before: JourneyDocument, after: JourneyDocument): Generator<Op> {
  const changed = (["name", "about", "stage", "settings"] as const).filter((key) => !same(before[key], after[key]));
  if (changed.length > 0) yield { op: "doc.set", ...Object.fromEntries(changed.map((key) => [key, after[key] ?? null])) };
}

function* notes(before: JourneyDocument, after: JourneyDocument): Generator<Op> {
  const [old, now] = [byId(before.ui?.notes ?? []), byId(after.ui?.notes ?? [])];
  for (const id of old.keys()) if (!now.has(id)) yield { op: "note.del", id };
  for (const note of now.values()) if (!same(old.get(note.id), note)) yield { op: "note.set", ...note };
}

function* groups(before: JourneyDocument, after: JourneyDocument): Generator<Op> {
  const here = byId(after.nodes);
  const old = byId(groupsOf(before).map((g) => ({ ...g, nodes: g.nodes.filter((id) => here.has(id)) })));
  const now = byId(groupsOf(after));
  for (const [id, group] of old) if (!now.has(id) && group.nodes.length > 0) yield { op: "group.del", id };
  for (const group of now.values()) if (!same(old.get(group.id), group)) yield { op: "group.set", ...group };
}

/** Whether the studio takes it: it looks more strictly at operations than at whole documents. */
function isTaken(op: Op): boolean {
  switch (op.op) {
    case "node.add":
      return ID.test(op.node.id) && isPlace(op.position);
    case "node.move":
      return isPlace(op.position);
    case "note.set":
      return isPlace(op.position) && typeof op.text === "string" && op.text.length <= LONGEST_NOTE;
    case "group.set":
      return ID.test(op.id);
    default:
      return true;
  }
}

function isPlace(place: Point | undefined): boolean {
  return place === undefined || (place.length === 2 && place.every((n) => Number.isFinite(n) && Math.abs(n) < FAR));
}

/** A place of a node that has none in the other one counts for nothing, and neither does an empty list. */
function isSame(one: JourneyDocument, other: JourneyDocument): boolean {
  const ids = byId(other.nodes);
  const plain = ({ ui = {}, ...doc }: JourneyDocument) => {
    const { positions = {}, notes = [], ...rest } = ui;
    const places = Object.entries(positions).filter(([id]) => ids.has(id) && other.ui?.positions?.[id]);
    const nodes = doc.nodes.map(({ config, title, disabled, ...node }) => ({
      ...node,
      config: config ?? ({} as Config),
      ...(title ? { title } : {}),
      ...(disabled ? { disabled } : {}),
    }));
    return { ...doc, nodes, ui: { ...rest, positions: Object.fromEntries(places), notes } };
  };
  return same(plain(one), plain(other));
}

function byId<T extends { id: string }>(items: readonly T[]): Map<string, T> {
  return new Map(items.map((item) => [item.id, item]));
}
