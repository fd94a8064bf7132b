/** Reading the graph: who comes before whom, and in which order it is told. */

import type { JourneyDocument, JourneyEdge } from "./types";

export interface Graph {
  /** Ids in document order. */
  ids: string[];
  /** Edges out of a node that lead somewhere, in the order of its handles. */
  out: Map<string, JourneyEdge[]>;
  into: Map<string, JourneyEdge[]>;
  /** Edges that close a loop, when the graph is walked from its beginnings. */
  back: Set<JourneyEdge>;
  /** Ids so that every node stands after those that lead to it (loops aside). */
  order: string[];
}

/** `handlesOf` gives the names of a node's handles in order, the hoped ones first. */
export function graphOf(
  doc: Pick<JourneyDocument, "nodes" | "edges">,
  handlesOf: (id: string) => readonly string[],
): Graph {
  const ids = [...new Set(doc.nodes.map((n) => n.id))];
  const known = new Set(ids);
  const out = new Map<string, JourneyEdge[]>(ids.map((id) => [id, []]));
  const into = new Map<string, JourneyEdge[]>(ids.map((id) => [id, []]));
  for (const edge of doc.edges) {
    if (!known.has(edge.from) || !known.has(edge.to)) continue;
    out.get(edge.from)?.push(edge);
    into.get(edge.to)?.push(edge);
  }
  for (const [id, edges] of out) {
    const rank = new Map(handlesOf(id).map((name, i) => [name, i]));
    edges.sort((a, b) => (rank.get(a.handle) ?? 999) - (rank.get(b.handle) ?? 999));
  }
  const { back, order } = walk(ids, out, into);
  return { ids, out, into, back, order };
}

function walk(ids: string[], out: Graph["out"], into: Graph["into"]) {
  const back = new Set<JourneyEdge>();
  const state = new Map<string, "open" | "done">();
  const order: string[] = [];
  const starts = [...ids.filter((id) => into.get(id)?.length === 0), ...ids];
  for (const start of starts) {
    if (state.has(start)) continue;
    const stack: { id: string; next: number }[] = [{ id: start, next: 0 }];
    state.set(start, "open");
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const edges = out.get(top.id) ?? [];
      // Later ways first: the reversed finishing order then tells the first way first.
      const edge = edges[edges.length - 1 - top.next];
      if (!edge) {
        state.set(top.id, "done");
        order.push(top.id);
        stack.pop();
        continue;
      }
      top.next += 1;
      const seen = state.get(edge.to);
      if (seen === "open") back.add(edge);
      if (!seen) {
        state.set(edge.to, "open");
        stack.push({ id: edge.to, next: 0 });
      }
    }
  }
  return { back, order: orderOf(order, ids) };
}

function orderOf(finished: string[], ids: string[]): string[] {
  return finished.length === ids.length ? finished.reverse() : ids;
}

/** Every node that can come before this one, nearest first. */
export function before(doc: Pick<JourneyDocument, "nodes" | "edges">, id: string): string[] {
  const found: string[] = [];
  const seen = new Set([id]);
  const queue = [id];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    for (const edge of doc.edges) {
      if (edge.to !== at || seen.has(edge.from)) continue;
      seen.add(edge.from);
      queue.push(edge.from);
      if (doc.nodes.some((n) => n.id === edge.from)) found.push(edge.from);
    }
  }
  return found;
}

/** How many steps from a beginning each node is, by the longest way. */
export function layers(graph: Graph): Map<string, number> {
  const layer = new Map<string, number>();
  for (const id of graph.order) {
    const own = layer.get(id) ?? 0;
    layer.set(id, own);
    for (const edge of graph.out.get(id) ?? []) {
      if (graph.back.has(edge)) continue;
      layer.set(edge.to, Math.max(layer.get(edge.to) ?? 0, own + 1));
    }
  }
  return layer;
}
