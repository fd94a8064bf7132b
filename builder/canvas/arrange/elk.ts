/**
 * The journey as a graph for elkjs, and back: top-down, the ways of a node in the order of its
 * handles, the main way straight. Distances are those of the look: columns 280 apart.
 */

import { graphOf } from "../model/graph";
import type { Facts } from "../model/layout";
import { GRID, onGrid, WIDTH } from "../model/size";
import type { JourneyDocument, JourneyEdge, Point } from "../model/types";

interface ElkPort {
  id: string;
  x: number;
  y: number;
  width: number;
  height: number;
  layoutOptions: Options;
}

interface ElkChild {
  id: string;
  width: number;
  height: number;
  x?: number;
  y?: number;
  ports: ElkPort[];
  layoutOptions: Options;
}

export interface ElkGraph {
  id: string;
  layoutOptions: Options;
  children: ElkChild[];
  edges: { id: string; sources: string[]; targets: string[]; layoutOptions: Options }[];
}

type Options = { [name: string]: string };

const ENTRY = "\u0000in";
const BETWEEN = 24; // columns of nodes 256 wide are 280 apart
const ROWS = 48;

const LAYERED: Options = {
  "elk.algorithm": "layered",
  "elk.direction": "DOWN",
  "elk.edgeRouting": "ORTHOGONAL",
  "elk.spacing.nodeNode": String(BETWEEN),
  "elk.spacing.edgeNode": String(BETWEEN + WIDTH / 2), // a line that passes by keeps a column of its own
  "elk.spacing.edgeEdge": "8",
  "elk.spacing.componentComponent": String(BETWEEN),
  "elk.layered.spacing.nodeNodeBetweenLayers": String(ROWS),
  "elk.layered.spacing.edgeNodeBetweenLayers": "16",
  "elk.layered.spacing.edgeEdgeBetweenLayers": "8",
  "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
  "elk.layered.considerModelOrder.crossingCounterPortInfluence": "0.1",
  "elk.layered.cycleBreaking.strategy": "MODEL_ORDER",
  "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
  "elk.layered.nodePlacement.favorStraightEdges": "true",
  "elk.layered.thoroughness": "3",
  "elk.separateConnectedComponents": "true",
  "elk.randomSeed": "1",
};

/** How much more the main way wants to be straight, and to go down, than the others. */
const MAIN: Options = { "elk.layered.priority.straightness": "10", "elk.layered.priority.direction": "5" };

/** The graph that elkjs lays out; nodes come in the order in which they are told. */
export function elkGraph(doc: Pick<JourneyDocument, "nodes" | "edges">, facts: Facts): ElkGraph {
  const graph = graphOf(doc, facts.handles);
  const children = graph.order.map((id): ElkChild => {
    const shape = facts.shape(id);
    const entry: ElkPort = {
      id: `${id}${ENTRY}`, x: shape.width / 2, y: 0, width: 0, height: 0, layoutOptions: { "elk.port.side": "NORTH" },
    };
    const straight = middleWay(graph.out.get(id) ?? [], graph.back);
    const names = shape.handles.map((h) => h.handle.name);
    const out = shape.handles.map((place, i): ElkPort => ({
      id: portId(id, place.handle.name),
      // The way that goes straight down leaves in the middle, the others beside it in their order.
      x: shape.width / 2 + (i - Math.max(0, names.indexOf(straight?.handle ?? ""))) * 4,
      y: shape.height,
      width: 0,
      height: 0,
      layoutOptions: { "elk.port.side": "SOUTH" },
    }));
    const layoutOptions = { "elk.portConstraints": "FIXED_POS" };
    return { id, width: shape.width, height: shape.height, ports: [entry, ...out], layoutOptions };
  });
  const edges = graph.order.flatMap((id): ElkGraph["edges"] => {
    const leaving = graph.out.get(id) ?? [];
    const main = middleWay(leaving, graph.back);
    return leaving.map((edge) => ({
      id: JSON.stringify([edge.from, edge.handle, edge.to]),
      sources: [known(edge, facts) ? portId(edge.from, edge.handle) : edge.from],
      targets: [`${edge.to}${ENTRY}`],
      layoutOptions: edge === main ? MAIN : {},
    }));
  });
  return { id: "journey", layoutOptions: LAYERED, children, edges };
}

/** The way that goes straight down: the first, or of three ways and more the middle one. */
function middleWay(leaving: readonly JourneyEdge[], back: ReadonlySet<JourneyEdge>): JourneyEdge | undefined {
  const ways = leaving.filter((e) => !back.has(e));
  return ways[ways.length >= 3 ? Math.floor((ways.length - 1) / 2) : 0];
}

function portId(node: string, handle: string): string {
  return `${node}\u0000${handle}`;
}

function known(edge: JourneyEdge, facts: Facts): boolean {
  return facts.shape(edge.from).handles.some((h) => h.handle.name === edge.handle);
}

/** The places of a graph that elkjs has laid out: on the grid, the first beginning at 0, 0. */
export function placesOf(laid: Pick<ElkGraph, "children">): { [id: string]: Point } {
  const first = laid.children[0];
  if (!first) return {};
  const [x0, y0] = [middle(first), first.y ?? 0];
  return Object.fromEntries(
    laid.children.map((child): [string, Point] => [
      child.id,
      [onGrid(middle(child) - x0), GRID * Math.ceil(((child.y ?? 0) - y0) / GRID)],
    ]),
  );
}

/** The left of the 256 wide place in the middle of which a node stands. */
function middle(child: ElkChild): number {
  return (child.x ?? 0) + child.width / 2 - WIDTH / 2;
}
