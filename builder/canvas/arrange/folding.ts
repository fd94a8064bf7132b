/**
 * What of a journey is drawn when some of its groups are folded up: one card for each of those,
 * with the lines that lead into it and out of it, and frames around the nodes of the others.
 */

import { groupsOf } from "../model/groups";
import { exits, isPlain } from "../model/handles";
import { edgeId } from "../model/ops";
import { titleOf } from "../model/sentences";
import type { Box } from "../model/routing";
import { onGrid, WIDTH } from "../model/size";
import type { Counts, Group, Handle, JourneyDocument, JourneyEdge, JourneyNode, Point, Problem, Types } from "../model/types";

/** A line as it is drawn; `edge` is what it stands for. */
export interface Drawn {
  id: string;
  from: string;
  handle: string;
  to: string;
  edge: JourneyEdge;
}

export interface Card {
  group: Group;
  /** The ways out of the group, in the order of its nodes. */
  handles: Handle[];
}

export interface Folded {
  nodes: readonly JourneyNode[];
  edges: readonly Drawn[];
  cards: readonly Card[];
  frames: readonly Group[];
}

type Told = Pick<JourneyDocument, "nodes" | "edges" | "ui">;

/** `open` are groups that are unfolded here although the document folds them. */
export function folded(doc: Told, types: Types, open: ReadonlySet<string> = new Set()): Folded {
  const groups = groupsOf(doc);
  const up = groups.filter((g) => g.collapsed && !open.has(g.id));
  const frames = groups.filter((g) => !up.includes(g));
  if (up.length === 0) {
    const edges = doc.edges.map((edge): Drawn => ({ ...edge, id: edgeId(edge), edge }));
    return { nodes: doc.nodes, edges, cards: [], frames };
  }
  const inside = new Map(up.flatMap((g) => g.nodes.map((id) => [id, g.id] as const)));
  const edges = new Map<string, Drawn>();
  for (const edge of doc.edges) {
    const [from, to] = [inside.get(edge.from), inside.get(edge.to)];
    if (from && from === to) continue;
    const handle = from ? outer(edge) : edge.handle;
    const drawn: Drawn = { id: edgeId(edge), from: from ?? edge.from, handle, to: to ?? edge.to, edge };
    const place = JSON.stringify([drawn.from, handle, drawn.to]);
    if (!edges.has(place)) edges.set(place, drawn);
  }
  const all = [...edges.values()];
  const cards = up.map((group): Card => ({ group, handles: waysOut(group, all, doc, types) }));
  return { nodes: doc.nodes.filter((n) => !inside.has(n.id)), edges: all, cards, frames };
}

function outer(edge: JourneyEdge): string {
  return `${edge.from}/${edge.handle}`;
}

function waysOut(group: Group, edges: readonly Drawn[], doc: Told, types: Types): Handle[] {
  const left = edges.filter((e) => e.from === group.id);
  const names = new Set(left.map((e) => e.handle));
  const ways = group.nodes.flatMap((id): Handle[] => {
    const node = doc.nodes.find((n) => n.id === id);
    const known = node ? exits(types.get(node.type), node.config) : [];
    const used = [...new Set(left.filter((e) => e.edge.from === id).map((e) => e.edge.handle))];
    used.sort((a, b) => known.findIndex((h) => h.name === a) - known.findIndex((h) => h.name === b));
    return used.map((name): Handle => {
      const handle = known.find((h) => h.name === name);
      const plain = handle && isPlain(handle) && node;
      const label = plain ? titleOf(node, types.get(node.type)) : (handle?.label ?? name);
      return { name: `${id}/${name}`, label, hoped: handle?.hoped ?? false, folded: false };
    });
  });
  return ways.filter((way) => names.has(way.name));
}

/** Where a folded group stands: at its topmost node. */
export function cardPlace(group: Group, place: (id: string) => Point): Point {
  const [first, ...rest] = group.nodes.map(place);
  return rest.reduce<Point>((a, b) => (b[1] < a[1] || (b[1] === a[1] && b[0] < a[0]) ? b : a), first ?? [0, 0]);
}

export const HEAD = 40; // the frame's title, above its topmost node
const SIDE = 8; // so that it stays clear of the next column
const FOOT = 24;

/** The frame around boxes, on the grid of 16: its middle is on that of the nodes. */
export function frameAround(id: string, boxes: readonly Box[]): Box {
  const left = down(Math.min(...boxes.map((b) => b.x)) - SIDE, 8);
  const top = down(Math.min(...boxes.map((b) => b.y)) - HEAD, 8);
  const width = -down(left - Math.max(...boxes.map((b) => b.x + b.width)) - SIDE, 16);
  const height = -down(top - Math.max(...boxes.map((b) => b.y + b.height)) - FOOT, 8);
  return { id, x: left, y: top, width: Math.max(width, WIDTH), height };
}

function down(value: number, step: number): number {
  return Math.floor(value / step) * step;
}

/** What a folded group's card has to tell of the nodes in it. */
export function tallyOf(group: Group, problems: readonly Problem[], counts: Counts | null) {
  const inside = new Set(group.nodes);
  const own = problems.filter((p) => p.node !== null && inside.has(p.node));
  const errors = own.filter((p) => p.severity === "error").length;
  const waiting = group.nodes.reduce((sum, id) => sum + (counts?.nodes[id]?.waiting ?? 0), 0);
  return { steps: group.nodes.length, waiting, errors, warnings: own.length - errors };
}

/** The nodes that move when these things of the canvas do: a group takes its nodes along. */
export function carried(
  doc: Told,
  moves: ReadonlyMap<string, Point>,
  anchors: ReadonlyMap<string, Point>,
  place: (id: string) => Point,
): Map<string, Point> {
  const found = new Map<string, Point>();
  for (const group of groupsOf(doc)) {
    const [to, from] = [moves.get(group.id), anchors.get(group.id)];
    if (!to || !from) continue;
    const [dx, dy] = [onGrid(to[0] - from[0]), onGrid(to[1] - from[1])];
    for (const id of group.nodes) {
      const [x, y] = place(id);
      found.set(id, [x + dx, y + dy]);
    }
  }
  const groups = new Set(groupsOf(doc).map((g) => g.id));
  for (const [id, to] of moves) if (!groups.has(id)) found.set(id, to);
  return found;
}

