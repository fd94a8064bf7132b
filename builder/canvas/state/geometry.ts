/** From the document to what is drawn: shapes, places and lines, for React Flow and for layout. */

import { exits, strayHandles } from "../model/handles";
import { byStart, edgeId } from "../model/ops";
import { layout } from "../model/layout";
import { Grid, routes, shifted, type Box, type Line, type Route } from "../model/routing";
import { sound } from "../model/sound";
import { below, roughWidth, shapeOf, WIDTH, type Measure, type Shape } from "../model/size";
import type { Counts, Handle, JourneyDocument, JourneyEdge, NodeType, Op, Point, Types } from "../model/types";
import { same } from "../model/types";

const TIP = 3; // an arrow ends this far above its node

let measure: Measure = roughWidth;

/** The page tells how wide texts really are, once its font is there. */
export function setMeasure(exact: Measure): void {
  measure = exact;
}

/** A shape, and all that it was made of: of many nodes an edit changes one. */
interface Made {
  type: unknown;
  edges: string;
  numbers: unknown;
  measure: Measure;
  shape: Shape;
}
const made = new WeakMap<JourneyDocument["nodes"][number], Made>();

export function shapes(doc: Pick<JourneyDocument, "nodes" | "edges">, types: Types, counts?: Counts): Map<string, Shape> {
  const leaving = byStart(doc.edges);
  const found = new Map<string, Shape>();
  for (const node of doc.nodes) {
    const type = types.get(node.type);
    const out = leaving.get(node.id) ?? [];
    const edges = out.map((e) => `${e.handle}\n${e.to}`).join("\n");
    const numbers = counts?.nodes[node.id]?.handles;
    const known = made.get(node);
    if (known && known.type === type && known.edges === edges && known.numbers === numbers && known.measure === measure) {
      found.set(node.id, known.shape);
      continue;
    }
    const shape = shapeFor(node, type, out, numbers);
    made.set(node, { type, edges, numbers, measure, shape });
    found.set(node.id, shape);
  }
  return found;
}

function shapeFor(
  node: JourneyDocument["nodes"][number],
  type: NodeType | undefined,
  edges: readonly JourneyEdge[],
  numbers: { [handle: string]: number } | undefined,
): Shape {
  const known = exits(type, node.config);
  const own = new Set(edges.map((e) => e.handle));
  const stray = edges.length ? strayHandles({ edges: [...edges] }, node, known) : [];
  const folded = new Set(known.filter((h) => h.folded).map((h) => h.name));
  const count = (handle: string) => countOf(numbers, handle, own.has(handle) || !folded.has(handle));
  return shapeOf([...known, ...stray], own, count, measure);
}

/** The shape of a folded group: it has the ways out of the nodes in it. */
export function cardShape(handles: readonly Handle[]): Shape {
  return shapeOf(handles, new Set(handles.map((h) => h.name)), undefined, measure);
}

/** How many left by a handle, as its pill shows it; a folded way that nobody drew shows no 0. */
export function countOf(
  numbers: { [handle: string]: number } | undefined,
  handle: string,
  shown: boolean,
): string {
  const number = numbers?.[handle];
  return number || (numbers && shown) ? String(number ?? 0) : "";
}

export function facts(doc: Pick<JourneyDocument, "nodes" | "edges">, types: Types) {
  const all = shapes(doc, types);
  const nothing: Shape = { width: WIDTH, height: 64, handles: [], rows: 0 };
  return {
    shape: (id: string) => all.get(id) ?? nothing,
    handles: (id: string) => {
      const known = (all.get(id) ?? nothing).handles.map((h) => h.handle);
      return [...known.filter((h) => h.hoped), ...known.filter((h) => !h.hoped)].map((h) => h.name);
    },
  };
}

/** The document with a place for every node: its own, or one found for it. */
export function dressed(given: JourneyDocument, types: Types): JourneyDocument {
  const doc = sound(given);
  const positions = doc.ui?.positions ?? {};
  const missing = doc.nodes.filter((n) => !Array.isArray(positions[n.id]));
  if (missing.length === 0) return doc;
  const found = layout(doc, facts(doc, types));
  const all = missing.length === doc.nodes.length;
  const lowest = Math.max(0, ...Object.values(positions).map((p) => p[1] + 160));
  const placed = missing.map(({ id }): [string, Point] => {
    const [x, y] = found[id] ?? [0, 0];
    return [id, all ? [x, y] : [x, y + lowest]];
  });
  return { ...doc, ui: { ...doc.ui, positions: { ...positions, ...Object.fromEntries(placed) } } };
}

/** The moves that give the places of `dressed` to the nodes of a document that had none. */
export function missingPlaces(bare: JourneyDocument, doc: JourneyDocument): Op[] {
  return bare.nodes.flatMap((node): Op[] => {
    const position = doc.ui?.positions?.[node.id];
    if (!position || Array.isArray(bare.ui?.positions?.[node.id])) return [];
    return [{ op: "node.move", id: node.id, position }];
  });
}

/** The moves that put every node into its row and column. */
export function arranged(doc: JourneyDocument, types: Types): Op[] {
  const found = layout(doc, facts(doc, types));
  return doc.nodes.flatMap((node): Op[] => {
    const position = found[node.id];
    if (!position || same(position, doc.ui?.positions?.[node.id])) return [];
    return [{ op: "node.move", id: node.id, position }];
  });
}

/** Where a node is really drawn: wide ones are centred on their 256 wide place. */
export function boxOf(id: string, [x, y]: Point, shape: Shape): Box {
  const { width, height } = shape;
  return { id, x: x - (width - WIDTH) / 2, y, width, height };
}

/** An edge as it is drawn; without an id it is its own. */
export type DrawnEdge = JourneyEdge & { id?: string };

export function linesOf(
  { edges }: { edges: readonly DrawnEdge[] },
  all: ReadonlyMap<string, Shape>,
  boxes: ReadonlyMap<string, Box>,
): Line[] {
  return edges.flatMap((edge): Line[] => {
    const [source, target] = [boxes.get(edge.from), boxes.get(edge.to)];
    const place = all.get(edge.from)?.handles.find((h) => h.handle.name === edge.handle);
    if (!source || !target || !place) return [];
    return [
      {
        id: edge.id ?? edgeId(edge),
        from: edge.from,
        to: edge.to,
        source: `${edge.from}/${edge.handle}`,
        start:
          place.side === "right"
            ? [source.x + source.width, source.y + place.y]
            : [source.x + place.x, source.y + place.y + below(place)],
        hoped: place.handle.hoped,
        side: place.side,
        end: [target.x + target.width / 2, target.y - TIP],
      },
    ];
  });
}

/** The boxes of nodes where they stand. */
export function boxesOf(
  ids: Iterable<string>,
  all: ReadonlyMap<string, Shape>,
  positions: (id: string) => Point,
): Map<string, Box> {
  const boxes = new Map<string, Box>();
  for (const id of ids) {
    const shape = all.get(id);
    if (shape) boxes.set(id, boxOf(id, positions(id), shape));
  }
  return boxes;
}

export function routed(
  doc: { nodes: readonly { id: string }[]; edges: readonly DrawnEdge[] },
  all: ReadonlyMap<string, Shape>,
  positions: (id: string) => Point,
): Map<string, Route> {
  const boxes = boxesOf(doc.nodes.map((n) => n.id), all, positions);
  return routes(linesOf(doc, all, boxes), [...boxes.values()]);
}

/**
 * The lines of nodes that are being moved, over all others as they are: what stands still is laid
 * into a grid once, and lines between moved nodes only go along.
 */
export class Moved {
  private readonly still: Map<string, Box>;
  private readonly grid: Grid;
  private readonly within: readonly DrawnEdge[];
  private readonly between: readonly DrawnEdge[];

  constructor(
    doc: { nodes: readonly { id: string }[]; edges: readonly DrawnEdge[] },
    private readonly all: ReadonlyMap<string, Shape>,
    positions: (id: string) => Point,
    private readonly before: ReadonlyMap<string, Route>,
    private readonly ids: ReadonlySet<string>,
  ) {
    this.still = boxesOf(doc.nodes.map((n) => n.id), all, positions);
    this.grid = new Grid([...this.still.values()].filter((box) => !ids.has(box.id)));
    const touched = doc.edges.filter((e) => ids.has(e.from) || ids.has(e.to));
    this.within = touched.filter((e) => ids.has(e.from) && ids.has(e.to));
    this.between = touched.filter((e) => !ids.has(e.from) || !ids.has(e.to));
  }

  routes(positions: (id: string) => Point): Map<string, Route> {
    const moved = boxesOf(this.ids, this.all, positions);
    const boxes = { get: (id: string) => moved.get(id) ?? this.still.get(id) } as ReadonlyMap<string, Box>;
    const grid = new Grid([...moved.values()], this.grid);
    const found = routes(linesOf({ edges: this.between }, this.all, boxes), grid);
    for (const edge of this.within) {
      const id = edge.id ?? edgeId(edge);
      const [old, from, to] = [this.before.get(id), this.shift(edge.from, moved), this.shift(edge.to, moved)];
      const along = old && from[0] === to[0] && from[1] === to[1];
      if (along) found.set(id, shifted(old, from));
      else for (const [key, route] of routes(linesOf({ edges: [edge] }, this.all, boxes), grid)) found.set(key, route);
    }
    return found;
  }

  private shift(id: string, moved: ReadonlyMap<string, Box>): Point {
    const [a, b] = [this.still.get(id), moved.get(id)];
    return a && b ? [b.x - a.x, b.y - a.y] : [0, 0];
  }
}
