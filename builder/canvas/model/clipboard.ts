/**
 * Copies nodes as JSON text that a person can read and change, so that they can be pasted into this
 * or another journey, or kept in a file. Groups go along when all of their nodes do.
 */

import { groupsOf } from "./groups";
import { freeId } from "./names";
import { onGrid, WIDEST, WIDTH } from "./size";
import type {
  Config,
  Group,
  JourneyDocument,
  JourneyEdge,
  JourneyNode,
  Json,
  NodeType,
  Note,
  Op,
  Point,
  Types,
} from "./types";
import { isRecord } from "./types";

interface Clip {
  wayline: 1;
  nodes: JourneyNode[];
  edges: JourneyEdge[];
  positions: { [id: string]: Point };
  groups: Group[];
  notes: Note[];
}

/** The chosen nodes and the edges among them as text; null when there is nothing to copy. */
export function copied(doc: JourneyDocument, ids: ReadonlySet<string>): string | null {
  const nodes = doc.nodes.filter((n) => ids.has(n.id));
  const notes = (doc.ui?.notes ?? []).filter((n) => ids.has(n.id));
  if (nodes.length + notes.length === 0) return null;
  const edges = doc.edges.filter((e) => ids.has(e.from) && ids.has(e.to));
  const positions = Object.fromEntries(
    nodes.map((n): [string, Point] => [n.id, doc.ui?.positions?.[n.id] ?? [0, 0]]),
  );
  const groups = groupsOf(doc).filter((group) => group.nodes.every((id) => ids.has(id)));
  return JSON.stringify({ wayline: 1, nodes, edges, positions, groups, notes } satisfies Clip, null, 2);
}

/** What a text from the clipboard holds, or null when it is something else. */
export function readClip(text: string): Clip | null {
  if (text.length > 4_000_000) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(value)) return null;
  const whole = value.wayline === 1 || value.format === 1; // a copied part, or a journey's file
  if (!whole || !Array.isArray(value.nodes) || !Array.isArray(value.edges)) return null;
  const nodes = (value.nodes as unknown[]).filter(isNode);
  const edges = (value.edges as unknown[]).filter(isEdge);
  const ui = isRecord(value.ui) ? value.ui : value;
  const positions = isRecord(ui.positions) ? ui.positions : {};
  const notes = (Array.isArray(ui.notes) ? (ui.notes as unknown[]) : []).filter(isNote);
  const groups = [...groupsOf({ nodes, ui: { groups: ui.groups as unknown as Group[] } })];
  return { wayline: 1, nodes, edges, positions: positions as unknown as Clip["positions"], groups, notes };
}

const HIGH = 80; // a node and a little air

/** How far to move a clip: a little off its originals, and beside what it would cover elsewhere. */
export function room(doc: JourneyDocument, clip: Clip): Point {
  const here = doc.ui?.positions ?? {};
  const near: Point = [40, 40];
  const there = clip.nodes.map((node) => ({ id: node.id, at: point(clip.positions[node.id]) }));
  const original = ({ id, at }: (typeof there)[number]) => here[id]?.[0] === at[0] && here[id]?.[1] === at[1];
  if (there.length === 0 || there.some(original)) return near;
  const taken = doc.nodes.map((node) => point(here[node.id]));
  const covered = there.some(({ at }) =>
    taken.some(([x, y]) => Math.abs(at[0] + near[0] - x) < WIDTH && Math.abs(at[1] + near[1] - y) < HIGH),
  );
  if (!covered) return near;
  const right = Math.max(...taken.map(([x]) => x)) + WIDEST + near[0];
  return [right - Math.min(...there.map(({ at }) => at[0])), 0];
}

/** The operations that paste a clip: new ids where they are taken, references inside follow. */
export function pasted(
  doc: JourneyDocument,
  clip: Clip,
  move: Point,
  types: Types,
): { ops: Op[]; ids: string[] } {
  const others = [...(doc.ui?.notes ?? []), ...groupsOf(doc)];
  const taken = new Set([...doc.nodes, ...others].map((n) => n.id));
  const names = new Map<string, string>();
  for (const node of clip.nodes) {
    const id = freeId(node.id, taken);
    taken.add(id);
    names.set(node.id, id);
  }
  const ops: Op[] = clip.nodes.map((node) => {
    const [x, y] = point(clip.positions[node.id]);
    const config = following(node.config ?? {}, types.get(node.type), names);
    return {
      op: "node.add",
      node: { ...node, id: names.get(node.id) ?? node.id, config },
      position: [onGrid(x + move[0]), onGrid(y + move[1])],
    };
  });
  for (const edge of clip.edges) {
    const [from, to] = [names.get(edge.from), names.get(edge.to)];
    if (from && to) ops.push({ op: "edge.add", from, handle: edge.handle, to });
  }
  const fresh = (wanted: string) => {
    const id = freeId(wanted, taken);
    taken.add(id);
    return id;
  };
  for (const group of clip.groups) {
    const nodes = group.nodes.flatMap((id) => names.get(id) ?? []);
    if (nodes.length > 0) ops.push({ op: "group.set", ...group, id: fresh(group.id), nodes });
  }
  const notes = clip.notes.map((note) => {
    const [x, y] = point(note.position);
    return { ...note, id: fresh(note.id), position: [onGrid(x + move[0]), onGrid(y + move[1])] as const };
  });
  ops.push(...notes.map((note): Op => ({ op: "note.set", ...note })));
  return { ops, ids: [...names.values(), ...notes.map((n) => n.id)] };
}

/** Paths `steps.<id>.…` and the fields that name a node follow the copied node's new name. */
function following(
  config: Config,
  type: NodeType | undefined,
  names: ReadonlyMap<string, string>,
): Config {
  const steps = (value: Json): Json => {
    if (typeof value === "string") {
      return value.replace(/\bsteps\.([\w-]+)/g, (_, id: string) => `steps.${names.get(id) ?? id}`);
    }
    if (Array.isArray(value)) return value.map(steps);
    if (!isRecord(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, steps(v)]));
  };
  return Object.fromEntries(
    Object.entries(config).map(([field, value]) => {
      const kind = type?.config_schema.properties?.[field]?.["x-field"]?.kind;
      const next = kind === "node" && typeof value === "string" ? names.get(value) : undefined;
      return [field, next ?? steps(value)];
    }),
  );
}

function point(value: unknown): Point {
  if (!Array.isArray(value)) return [0, 0];
  const [x, y] = value;
  return typeof x === "number" && typeof y === "number" ? [x, y] : [0, 0];
}

function isNode(value: unknown): value is JourneyNode {
  if (!isRecord(value) || typeof value.id !== "string" || typeof value.type !== "string") return false;
  return value.config === undefined || isRecord(value.config);
}

function isNote(value: unknown): value is Note {
  return isRecord(value) && typeof value.id === "string" && typeof value.text === "string";
}

function isEdge(value: unknown): value is JourneyEdge {
  return (
    isRecord(value) && [value.from, value.handle, value.to].every((v) => typeof v === "string")
  );
}
