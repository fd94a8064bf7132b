/** What a person does on the canvas, as operations on the document. */

import { exits, followHandles } from "./handles";
import { PITCH } from "./layout";
import { freeId } from "./names";
import { patch } from "./ops";
import { onGrid } from "./size";
import type {
  Config,
  JourneyDocument,
  JourneyEdge,
  JourneyNode,
  NodeType,
  Op,
  Point,
  Types,
} from "./types";
import { same } from "./types";
import { t } from "../words";

export interface Added {
  ops: Op[];
  id: string;
}

const STEP = 120; // from the top of a node to the top of the next one

export function positionOf(doc: JourneyDocument, id: string): Point {
  return doc.ui?.positions?.[id] ?? [0, 0];
}

/** A new node at a place. */
export function addNode(doc: JourneyDocument, type: NodeType, position: Point): Added {
  const node = newNode(doc, type);
  return { id: node.id, ops: [{ op: "node.add", node, position: grid(position) }] };
}

/** A new node below another one, connected to its next free way. */
export function addAfter(
  doc: JourneyDocument,
  types: Types,
  after: string,
  type: NodeType,
  where: { by?: string; place?: Point } = {},
): Added {
  const source = doc.nodes.find((n) => n.id === after);
  const handle = where.by ?? (source && nextHandle(doc, source, types));
  const [x, y] = positionOf(doc, after);
  const added = addNode(doc, type, where.place ?? freePlace(doc, [x, y + STEP]));
  if (handle && type.category !== "trigger") {
    added.ops.push({ op: "edge.add", from: after, handle, to: added.id });
  }
  return added;
}

/** A new node in the middle of an edge; what stands below moves down where there is no room. */
export function insertOn(doc: JourneyDocument, edge: JourneyEdge, type: NodeType): Added {
  const [sx, sy] = positionOf(doc, edge.from);
  const [tx, ty] = positionOf(doc, edge.to);
  const down = ty > sy;
  const position: Point = down ? [tx, Math.max(sy + STEP, ty)] : [sx, sy + STEP];
  const node = newNode(doc, type);
  const ops: Op[] = [{ op: "node.add", node, position: grid(position) }];
  if (down) {
    const move = position[1] + STEP - ty;
    for (const id of below(doc, edge.to)) {
      const [x, y] = positionOf(doc, id);
      ops.push({ op: "node.move", id, position: [x, onGrid(y + move)] });
    }
  }
  ops.push({ op: "edge.del", ...edge }, { op: "edge.add", ...edge, to: node.id });
  const ways = exits(type, {});
  const way = ways.find((h) => h.hoped) ?? ways.find((h) => !h.folded) ?? ways[0];
  if (way) ops.push({ op: "edge.add", from: node.id, handle: way.name, to: edge.to });
  return { ops, id: node.id };
}

/** Nodes, and edges that are chosen without their nodes. */
export function remove(
  doc: JourneyDocument,
  nodes: ReadonlySet<string>,
  edges: readonly JourneyEdge[],
): Op[] {
  const loose = edges.filter((e) => !nodes.has(e.from) && !nodes.has(e.to));
  return [
    ...loose.map(({ from, handle, to }): Op => ({ op: "edge.del", from, handle, to })),
    ...doc.nodes.filter((n) => nodes.has(n.id)).map((n): Op => ({ op: "node.del", id: n.id })),
  ];
}

export function connect(doc: JourneyDocument, edge: JourneyEdge): Op[] {
  const { from, handle, to } = edge;
  return whyNot(doc, edge) === null ? [{ op: "edge.add", from, handle, to }] : [];
}

/** The nodes that a way of a node can lead to: those for which `whyNot` finds nothing. */
export function targets(doc: JourneyDocument, from: string, handle: string, types: Types): JourneyNode[] {
  if (!doc.nodes.some((n) => n.id === from)) return [];
  const there = new Set(doc.edges.filter((e) => e.from === from && e.handle === handle).map((e) => e.to));
  return doc.nodes.filter(
    (n) => n.id !== from && !there.has(n.id) && types.get(n.type)?.category !== "trigger",
  );
}

/** Why two nodes cannot be connected this way; null when they can. */
export function whyNot(doc: JourneyDocument, edge: JourneyEdge, types?: Types): string | null {
  const target = doc.nodes.find((n) => n.id === edge.to);
  if (!target || !doc.nodes.some((n) => n.id === edge.from)) return t("editor.gone");
  if (edge.from === edge.to) return t("editor.to_itself");
  if (types?.get(target.type)?.category === "trigger") return t("editor.to_trigger");
  const there = doc.edges.some(
    (e) => e.from === edge.from && e.handle === edge.handle && e.to === edge.to,
  );
  return there ? t("editor.connected") : null;
}

/** Changed fields of a config (all that differ, without a name), with the edges that follow. */
export function setConfig(
  doc: JourneyDocument,
  types: Types,
  node: JourneyNode,
  config: Config,
  field = "",
): Op[] {
  const before = node.config ?? {};
  const all = field ? [field] : [...new Set([...Object.keys(before), ...Object.keys(config)])];
  const changed = all.filter((name) => !same(before[name], config[name]));
  if (changed.length === 0) return [];
  const values = Object.fromEntries(changed.map((name) => [name, config[name]]));
  const follow = followHandles(doc, types.get(node.type), node, { ...before, ...values } as Config);
  return [patch(node.id, values), ...follow];
}

/** The way on that a new node should take: the first hoped one without an edge, else the first. */
export function nextHandle(
  doc: JourneyDocument,
  node: JourneyNode,
  types: Types,
): string | undefined {
  const all = exits(types.get(node.type), node.config);
  const free = all.filter(
    (h) => !doc.edges.some((e) => e.from === node.id && e.handle === h.name),
  );
  return (free.find((h) => h.hoped) ?? free.find((h) => !h.folded) ?? all[0])?.name;
}

/** The wanted place, or the next one to the right where no node stands. */
export function freePlace(doc: JourneyDocument, wanted: Point): Point {
  const taken = Object.entries(doc.ui?.positions ?? {})
    .filter(([id]) => doc.nodes.some((n) => n.id === id))
    .map(([, position]) => position);
  let [x] = wanted;
  const busy = () =>
    taken.some(([px, py]) => Math.abs(px - x) < PITCH - 8 && Math.abs(py - wanted[1]) < STEP - 24);
  while (busy()) x += PITCH;
  return [x, wanted[1]];
}

function newNode(doc: JourneyDocument, type: NodeType): JourneyNode {
  const name = type.type.split(".").at(-1) ?? type.type;
  const id = freeId(name, new Set(doc.nodes.map((n) => n.id)));
  return { id, type: type.type, version: type.version, config: {} };
}

function below(doc: JourneyDocument, id: string): string[] {
  const found = new Set([id]);
  const queue = [id];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    for (const edge of doc.edges) {
      if (edge.from !== at || found.has(edge.to)) continue;
      if (positionOf(doc, edge.to)[1] < positionOf(doc, id)[1]) continue; // a way back up
      found.add(edge.to);
      queue.push(edge.to);
    }
  }
  return [...found].filter((other) => doc.ui?.positions?.[other]);
}

function grid([x, y]: Point): Point {
  return [onGrid(x), onGrid(y)];
}
