/** Which earlier steps a customer has surely passed when they come to a node, and which perhaps. */

import type { JourneyDocument, JourneyEdge } from "./types";

/** The way that a customer must have taken for a step to have run. */
export interface Way {
  node: string;
  handle: string;
}

/** null: the step has surely run; a way: only if it was taken; "perhaps": several ways lead past it. */
export type Chance = null | Way | "perhaps";

const START = "";

/**
 * For each step before `id`, whether it has surely run. Dominators of the graph whose nodes are the
 * journey's nodes and each of their handles (Cooper, Harvey and Kennedy, 2001).
 */
export function chances(doc: Pick<JourneyDocument, "nodes" | "edges">, id: string, starts: readonly string[]): Map<string, Chance> {
  const above = tree(doc, starts);
  const found = new Map<string, Chance>();
  if (!above.has(keyOf(id))) return found;
  const sure = new Set(chain(above, keyOf(id)));
  for (const node of doc.nodes) {
    const key = keyOf(node.id);
    if (node.id === id || !above.has(key)) continue;
    if (sure.has(key)) {
      found.set(node.id, null);
      continue;
    }
    const turn = chain(above, key).find((one) => !sure.has(one) && one.startsWith("h"));
    found.set(node.id, turn ? wayOf(turn) : "perhaps");
  }
  return found;
}

const keyOf = (id: string) => `n${id}`;
const wayKey = (edge: JourneyEdge) => `h${JSON.stringify([edge.from, edge.handle])}`;

function wayOf(key: string): Way {
  const [node, handle] = JSON.parse(key.slice(1)) as [string, string];
  return { node, handle };
}

const trees = new WeakMap<readonly JourneyEdge[], { of: string; above: Map<string, string> }>();

/** What is reached, each with what stands above it. Every field of a form asks for it: while the
 * lines and the nodes that are off stay the same, it is found once. */
function tree(doc: Pick<JourneyDocument, "nodes" | "edges">, starts: readonly string[]): Map<string, string> {
  const off = doc.nodes.filter((n) => n.disabled).map((n) => n.id);
  const of = JSON.stringify([starts, off]);
  const known = trees.get(doc.edges);
  if (known?.of === of) return known.above;
  const next = ways(doc, starts);
  const above = dominators(next, reachedInOrder(next));
  trees.set(doc.edges, { of, above });
  return above;
}

function ways(doc: Pick<JourneyDocument, "nodes" | "edges">, starts: readonly string[]): Map<string, string[]> {
  const next = new Map<string, string[]>([[START, starts.map(keyOf)]]);
  const off = new Set(doc.nodes.filter((n) => n.disabled).map((n) => n.id));
  const put = (from: string, to: string) => {
    const known = next.get(from);
    if (!known) next.set(from, [to]);
    else if (!known.includes(to)) known.push(to);
  };
  for (const edge of doc.edges) {
    if (off.has(edge.from) && edge.handle !== "out") continue; // it is passed by the plain way
    put(keyOf(edge.from), wayKey(edge));
    put(wayKey(edge), keyOf(edge.to));
  }
  return next;
}

/** Everything that is reached, each after what leads to it as far as loops allow. */
function reachedInOrder(next: ReadonlyMap<string, string[]>): string[] {
  const seen = new Set([START]);
  const order: string[] = [];
  const stack: { at: string; i: number }[] = [{ at: START, i: 0 }];
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const to = next.get(top.at)?.[top.i];
    top.i += 1;
    if (to === undefined) {
      order.push(top.at);
      stack.pop();
    } else if (!seen.has(to)) {
      seen.add(to);
      stack.push({ at: to, i: 0 });
    }
  }
  return order.reverse();
}

/** The last thing that every way to something leads through. */
function dominators(next: ReadonlyMap<string, string[]>, order: readonly string[]): Map<string, string> {
  const rank = new Map(order.map((key, i) => [key, i]));
  const before = new Map<string, string[]>();
  for (const from of order) for (const to of next.get(from) ?? []) before.set(to, [...(before.get(to) ?? []), from]);
  const above = new Map<string, string>([[START, START]]);
  const meet = (a: string, b: string): string => {
    while (a !== b) {
      while ((rank.get(a) ?? 0) > (rank.get(b) ?? 0)) a = above.get(a) ?? START;
      while ((rank.get(b) ?? 0) > (rank.get(a) ?? 0)) b = above.get(b) ?? START;
    }
    return a;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const key of order.slice(1)) {
      const known = (before.get(key) ?? []).filter((one) => above.has(one));
      const [first, ...rest] = known;
      if (first === undefined) continue;
      const now = rest.reduce(meet, first);
      if (above.get(key) === now) continue;
      above.set(key, now);
      changed = true;
    }
  }
  return above;
}

/** What stands above, the nearest first. */
function chain(above: ReadonlyMap<string, string>, key: string): string[] {
  const found: string[] = [];
  for (let at = above.get(key); at !== undefined && at !== START; at = above.get(at)) found.push(at);
  return found;
}
