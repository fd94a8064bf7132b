/** Where people are and where they leave, from the counters; pure. */

import { edgeId } from "../model/ops";
import type { Counts, JourneyDocument } from "../model/types";
import type { Layer, LineDecor, NodeDecor } from "../state/decor";

/** `left` is given by the studio: by node and handle, how many runs ended there ("" is the node): a
 * run is counted once, however many ways it went at the same time, and not where it ended on purpose. */
export type Counted = Counts & { left?: { [node: string]: { [handle: string]: number } } };

export interface Leaving {
  node: string;
  handle: string;
  count: number;
  /** Of those who came to the node. */
  of: number;
}

/** The places where people leave, the most first; only what stands in the document. */
export function leavings(doc: JourneyDocument, counts: Counted): Leaving[] {
  const known = new Set(doc.nodes.map((n) => n.id));
  const found = Object.entries(counts.left ?? {}).flatMap(([node, handles]) =>
    Object.entries(handles).map(([handle, count]) => ({ node, handle, count, of: counts.nodes[node]?.in ?? count })),
  );
  return found
    .filter((one) => known.has(one.node) && one.count > 0)
    .sort((a, b) => b.count - a.count || a.node.localeCompare(b.node));
}

export interface Warmth {
  layer: Layer;
  /** The most that wait at one node, and that went along one line. */
  waiting: number;
  went: number;
  /** Of the whole journey. */
  allWaiting: number;
  allLeft: number;
}

/** Nodes by the people who wait there, lines by the people who went along. */
export function warmth(
  doc: JourneyDocument,
  counts: Counted,
  says: (waiting: number, came: number, left: number) => string,
): Warmth {
  const numbers = doc.nodes.map((n) => counts.nodes[n.id] ?? { in: 0, waiting: 0, handles: {} });
  const waiting = Math.max(0, ...numbers.map((n) => n.waiting));
  const along = (e: { from: string; handle: string }) => counts.nodes[e.from]?.handles[e.handle] ?? 0;
  const went = Math.max(0, ...doc.edges.map(along));
  const nodes = new Map<string, NodeDecor>();
  let allLeft = 0;
  doc.nodes.forEach(({ id }, i) => {
    const own = numbers[i];
    const left = Object.values(counts.left?.[id] ?? {}).reduce((a, b) => a + b, 0);
    allLeft += left;
    if (!own) return;
    nodes.set(id, { heat: waiting ? own.waiting / waiting : 0, says: says(own.waiting, own.in, left) });
  });
  const lines = new Map<string, LineDecor>(
    doc.edges.map((edge) => [edgeId(edge), { share: went ? along(edge) / went : 0, text: String(along(edge)) }]),
  );
  const allWaiting = numbers.reduce((sum, n) => sum + n.waiting, 0);
  return { layer: { nodes, lines }, waiting, went, allWaiting, allLeft };
}
