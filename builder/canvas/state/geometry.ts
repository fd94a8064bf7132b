/** From the document to what is drawn: shapes, places and lines, for React Flow and for layout. */

import { exits, strayHandles } from "../model/handles";
import { byStart, edgeId } from "../model/ops";
import { layout } from "../model/layout";
import { routes, type Box, type Line, type Route } from "../model/routing";
import { below, roughWidth, shapeOf, WIDTH, type Measure, type Shape } from "../model/size";
import type { Counts, JourneyDocument, Op, Point, Types } from "../model/types";
import { same } from "../model/types";

const TIP = 3; // an arrow ends this far above its node

let measure: Measure = roughWidth;

/** The page tells how wide texts really are, once its font is there. */
export function setMeasure(exact: Measure): void {
  measure = exact;
}

export function shapes(doc: JourneyDocument, types: Types, counts?: Counts): Map<string, Shape> {
  const leaving = byStart(doc.edges);
  const found = new Map<string, Shape>();
  for (const node of doc.nodes) {
    const known = exits(types.get(node.type), node.config);
    const edges = leaving.get(node.id) ?? [];
    const own = new Set(edges.map((e) => e.handle));
    const stray = edges.length ? strayHandles({ edges }, node, known) : [];
    const numbers = counts?.nodes[node.id]?.handles;
    const folded = new Set(known.filter((h) => h.folded).map((h) => h.name));
    const count = (handle: string) => countOf(numbers, handle, own.has(handle) || !folded.has(handle));
    found.set(node.id, shapeOf([...known, ...stray], own, count, measure));
  }
  return found;
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

function facts(doc: JourneyDocument, types: Types) {
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
export function dressed(doc: JourneyDocument, types: Types): JourneyDocument {
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

export function linesOf(
  doc: JourneyDocument,
  all: Map<string, Shape>,
  boxes: Map<string, Box>,
): Line[] {
  return doc.edges.flatMap((edge): Line[] => {
    const [source, target] = [boxes.get(edge.from), boxes.get(edge.to)];
    const place = all.get(edge.from)?.handles.find((h) => h.handle.name === edge.handle);
    if (!source || !target || !place) return [];
    return [
      {
        id: edgeId(edge),
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

export function routed(
  doc: JourneyDocument,
  all: Map<string, Shape>,
  positions: (id: string) => Point,
): Map<string, Route> {
  const boxes = new Map(
    doc.nodes.flatMap((n) => {
      const shape = all.get(n.id);
      return shape ? [[n.id, boxOf(n.id, positions(n.id), shape)] as const] : [];
    }),
  );
  return routes(linesOf(doc, all, boxes), [...boxes.values()]);
}
