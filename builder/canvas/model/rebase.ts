/**
 * Edits of two people: what is ours and not sent yet goes on top of what stands on the server now.
 * Both are there then, unless they changed the same thing to something else: that is a conflict,
 * of which both values are kept.
 */

import { onto } from "./merging";
import { groupsOf } from "./groups";
import { freeId } from "./names";
import { applyWhatFits, patch } from "./ops";
import type { Config, JourneyDocument, JourneyEdge, JourneyNode, Json, Op } from "./types";
import { isRecord, same } from "./types";

export interface Conflict {
  /** One for each thing: a newer conflict about it takes the place of the older one. */
  id: string;
  /** The same field was changed; they deleted what we changed; we deleted what they changed. */
  kind: "changed" | "deleted" | "removed";
  node: string | null;
  /** What the node is called, and the field. */
  title: string;
  field: string;
  mine: Json;
  theirs: Json;
  /** Operations that make ours stand, and theirs. */
  keep: Op[];
  take: Op[];
}

export interface Rebased {
  document: JourneyDocument;
  ops: Op[];
  conflicts: Conflict[];
  /** Nodes of ours that got another name, because theirs has it now. */
  renamed: ReadonlyMap<string, string>;
}

/**
 * `ours` were made on `base`; on the server stands `fresh`, which was `base` before others edited.
 */
export function rebase(base: JourneyDocument, fresh: JourneyDocument, ours: readonly Op[]): Rebased {
  const { renamed, ops: named } = renaming(base, fresh, ours);
  const mine = applyWhatFits(base, named).document;
  const merged = onto(base, fresh, named);
  const { document, kept } = applyWhatFits(fresh, merged);
  const conflicts = [...cells(base, mine, merged)].flatMap((cell): Conflict[] => {
    const [was, our, their] = [cell.read(base), cell.read(mine), cell.read(fresh)];
    if (same(was, their) || same(was, our) || same(our, their)) return [];
    const { id, node, field } = cell;
    const title = titleIn(node, fresh, base);
    const [keep, take] = [cell.write(our), cell.write(their)];
    return [{ id, kind: "changed", node, title, field, mine: shown(our), theirs: shown(their), keep, take }];
  });
  return { document, ops: kept, conflicts: [...conflicts, ...losses(base, mine, fresh, named)], renamed };
}

// --- The same thing ----------------------------------------------------------------------------

interface Cell {
  id: string;
  node: string | null;
  field: string;
  read(doc: JourneyDocument): unknown;
  write(value: unknown): Op[];
}

/** What our operations give a value, and stands on both sides. */
function* cells(base: JourneyDocument, mine: JourneyDocument, ops: readonly Op[]): Generator<Cell> {
  const seen = new Set<string>();
  for (const op of ops) {
    for (const cell of cellsOf(base, mine, op)) {
      if (seen.has(cell.id)) continue;
      seen.add(cell.id);
      yield cell;
    }
  }
}

function cellsOf(base: JourneyDocument, mine: JourneyDocument, op: Op): Cell[] {
  switch (op.op) {
    case "node.patch":
      return inNode(base, op.id, [...Object.keys(op.set ?? {}), ...(op.unset ?? [])].map((f) => field(op.id, f)));
    case "node.set": {
      const [was, now] = [find(base, op.id)?.config ?? {}, find(mine, op.id)?.config ?? {}];
      const names = [...new Set([...Object.keys(was), ...Object.keys(now)])];
      return inNode(base, op.id, names.map((f) => field(op.id, f)));
    }
    case "node.type":
      return inNode(base, op.id, [
        {
          id: `type/${op.id}`,
          node: op.id,
          field: "type",
          read: (doc) => kind(find(doc, op.id)),
          write: (value) => (isRecord(value) ? [{ op: "node.type", id: op.id, ...value } as Op] : []),
        },
      ]);
    case "group.set": {
      const group = (doc: JourneyDocument) => groupsOf(doc).find((g) => g.id === op.id);
      if (!group(base)) return [];
      return [
        {
          id: `group/${op.id}`,
          node: op.id,
          field: "title",
          read: (doc) => group(doc)?.title ?? "",
          write: (value) => [{ ...op, title: String(value) }],
        },
      ];
    }
    case "node.title":
      return inNode(base, op.id, [
        {
          id: `title/${op.id}`,
          node: op.id,
          field: "title",
          read: (doc) => find(doc, op.id)?.title ?? "",
          write: (value) => [{ op: "node.title", id: op.id, title: String(value) }],
        },
      ]);
    case "doc.set":
      return (["name", "about", "stage", "settings"] as const)
        .filter((key) => key in op)
        .map((key) => ({
          id: `doc/${key}`,
          node: null,
          field: key,
          read: (doc) => doc[key] ?? null,
          write: (value) => [{ op: "doc.set", [key]: value } as Op],
        }));
    case "note.set": {
      const note = (doc: JourneyDocument) => doc.ui?.notes?.find((n) => n.id === op.id);
      if (!note(base)) return [];
      return [
        {
          id: `note/${op.id}`,
          node: op.id,
          field: "text",
          read: (doc) => note(doc)?.text ?? "",
          write: (value) => [{ ...op, text: String(value) }],
        },
      ];
    }
    default:
      return [];
  }
}

/** What `node.type` sets: all of it belongs to the type. */
function kind(node: JourneyNode | undefined): unknown {
  if (!node) return null;
  const { type, version, config = {} } = node;
  return { type, ...(version === undefined ? {} : { version }), config };
}

/** Only of a node that was there before: nobody else can have changed our own new one. */
function inNode(base: JourneyDocument, id: string, found: Cell[]): Cell[] {
  return find(base, id) ? found : [];
}

function field(id: string, name: string): Cell {
  return {
    id: `field/${id}/${name}`,
    node: id,
    field: name,
    read: (doc) => (find(doc, id)?.config ?? {})[name],
    write: (value) => [patch(id, { [name]: value as Json | undefined })],
  };
}

// --- Deleted on one side, changed on the other -----------------------------------------------------

function losses(
  base: JourneyDocument,
  mine: JourneyDocument,
  fresh: JourneyDocument,
  ops: readonly Op[],
): Conflict[] {
  const touched = new Set(ops.flatMap((op) => ("id" in op && op.op.startsWith("node.") ? [op.id] : [])));
  return [...touched].flatMap((id): Conflict[] => {
    const [was, our, their] = [find(base, id), find(mine, id), find(fresh, id)];
    if (!was) return [];
    const title = titleIn(id, base, base);
    const whole = { id: `node/${id}`, node: id, title, field: "" };
    if (our && !their && !same(bare(was), bare(our))) {
      const [now, gone] = [difference(was, our), null];
      return [{ ...whole, kind: "deleted", mine: now, theirs: gone, keep: again(mine, id), take: [] }];
    }
    if (!our && their && !same(bare(was), bare(their))) {
      return [{ ...whole, kind: "removed", mine: null, theirs: difference(was, their), keep: [], take: again(fresh, id) }];
    }
    return [];
  });
}

/** The operations that bring a node back with its lines. */
function again(doc: JourneyDocument, id: string): Op[] {
  const node = find(doc, id);
  if (!node) return [];
  const position = doc.ui?.positions?.[id];
  const edges = linesAt(doc, id);
  return [
    { op: "node.add", node, ...(position ? { position } : {}) },
    ...edges.map((e): Op => ({ op: "edge.add", ...e })),
  ];
}

function difference(was: JourneyNode, now: JourneyNode): Json {
  const before = bare(was);
  return Object.fromEntries(Object.entries(bare(now)).filter(([key, value]) => !same(before[key], value)));
}

function bare({ title = "", disabled = false, type, config = {} }: JourneyNode): Config {
  return { title, disabled, type, ...config };
}

// --- Two new nodes of one name ------------------------------------------------------------------------

function renaming(base: JourneyDocument, fresh: JourneyDocument, ops: readonly Op[]) {
  const renamed = new Map<string, string>();
  const [before, now] = [ids(base), ids(fresh)];
  const added = ops.flatMap((op) => (op.op === "node.add" ? [op.node.id] : []));
  const taken = new Set([...now, ...added]);
  for (const id of added) {
    if (!now.has(id) || before.has(id)) continue;
    const next = freeId(id, taken);
    taken.add(next);
    renamed.set(id, next);
  }
  return { renamed, ops: renamed.size ? ops.map((op) => withNames(op, renamed)) : ops };
}

function ids(doc: JourneyDocument): Set<string> {
  return new Set([...doc.nodes, ...(doc.ui?.notes ?? [])].map((n) => n.id));
}

/** The operation with other names of nodes, also where its config speaks of their steps. */
export function withNames(op: Op, names: ReadonlyMap<string, string>): Op {
  const of = (id: string) => names.get(id) ?? id;
  const inside = (value: Json): Json => {
    if (typeof value === "string") {
      return names.get(value) ?? value.replace(/\bsteps\.([\w-]+)/g, (_, id: string) => `steps.${of(id)}`);
    }
    if (Array.isArray(value)) return value.map(inside);
    if (!isRecord(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inside(item)]));
  };
  switch (op.op) {
    case "node.add":
      return { ...op, node: { ...op.node, id: of(op.node.id), ...(op.node.config ? { config: inside(op.node.config) as Config } : {}) } };
    case "node.set":
    case "node.type":
      return { ...op, id: of(op.id), config: inside(op.config) as Config };
    case "node.patch":
      return { ...op, id: of(op.id), ...(op.set ? { set: inside(op.set) as Config } : {}) };
    case "edge.add":
    case "edge.del":
      return { ...op, from: of(op.from), to: of(op.to) };
    case "group.set":
      return { ...op, nodes: op.nodes.map(of) };
    case "doc.set":
    case "doc.replace":
    case "group.del":
      return op;
    default:
      return { ...op, id: of(op.id) };
  }
}

// --- Small helpers ----------------------------------------------------------------------------------------

const known = new WeakMap<readonly JourneyNode[], Map<string, JourneyNode>>();

function find(doc: JourneyDocument, id: string): JourneyNode | undefined {
  let names = known.get(doc.nodes);
  if (!names) known.set(doc.nodes, (names = new Map(doc.nodes.map((n) => [n.id, n]))));
  return names.get(id);
}

const lines = new WeakMap<readonly JourneyEdge[], Map<string, JourneyEdge[]>>();

function linesAt(doc: JourneyDocument, id: string): readonly JourneyEdge[] {
  let ends = lines.get(doc.edges);
  if (!ends) {
    lines.set(doc.edges, (ends = new Map()));
    for (const edge of doc.edges) {
      for (const end of new Set([edge.from, edge.to])) {
        const at = ends.get(end);
        if (at) at.push(edge);
        else ends.set(end, [edge]);
      }
    }
  }
  return ends.get(id) ?? [];
}

function titleIn(id: string | null, ...docs: JourneyDocument[]): string {
  if (!id) return "";
  const found = docs.map((doc) => find(doc, id)).find((node) => node !== undefined);
  return found?.title || id;
}

function shown(value: unknown): Json {
  return (value ?? null) as Json;
}
