/** The journey as a tree that is read from top to bottom: for phones and screen readers. */

import { exits, isPlain, strayHandles } from "./handles";
import { byStart } from "./ops";
import type { Handle, JourneyDocument, Types } from "./types";

export interface Item {
  /** "node": told here. "jump": told elsewhere, this way leads there. "end": a way without a line. */
  kind: "node" | "jump" | "end";
  /** The node that is told or that the way leads to; of an end the node that it belongs to. */
  id: string;
  depth: number;
  /** By which way one comes here; null on the plain way and at the beginning. */
  via: { label: string; hoped: boolean } | null;
  /** The way itself: the node that it leaves, and the name of its handle. */
  way?: { from: string; handle: string };
}

/**
 * A node with one plain way on goes on at its own depth; its other ways are told before, a step
 * deeper. A node with named ways has them all a step deeper. Ways without a line are told too, the
 * folded ones aside: there something can be added.
 */
export function outline(doc: JourneyDocument, types: Types): Item[] {
  const items: Item[] = [];
  const told = new Set<string>();
  const byId = new Map(doc.nodes.map((n) => [n.id, n]));
  const arrived = new Set(doc.edges.map((e) => e.to));
  const leaving = byStart(doc.edges);
  const ways = (id: string): Way[] => {
    const node = byId.get(id);
    if (!node) return [];
    const known = exits(types.get(node.type), node.config);
    const own = leaving.get(id) ?? [];
    return [...known, ...strayHandles({ edges: own }, node, known)].flatMap((handle): Way[] => {
      const used = own.filter((e) => e.handle === handle.name && byId.has(e.to));
      if (used.length === 0) return handle.folded ? [] : [{ handle, to: null }];
      return used.map((edge) => ({ handle, to: edge.to }));
    });
  };

  const tell = (start: string): void => {
    const tasks: Task[] = [{ id: start, depth: 0, via: null, promised: new Set() }];
    for (let task = tasks.pop(); task; task = tasks.pop()) {
      const { id, depth, via, promised, way } = task;
      if (id === null) {
        if (way) items.push({ kind: "end", id: way.from, depth, via, way });
        continue;
      }
      const there = told.has(id) || promised.has(id);
      items.push({ kind: there ? "jump" : "node", id, depth, via, ...(way ? { way } : {}) });
      if (there) continue;
      told.add(id);
      const all = ways(id);
      const main = plainWay(all);
      const sides = all.filter((one) => one !== main);
      const follows = main?.to && sides.some((one) => one.to !== null);
      const later = follows && main?.to ? new Set([...promised, ...chain(main.to, ways)]) : promised;
      if (main) tasks.push({ id: main.to, depth, via: null, promised, way: { from: id, handle: main.handle.name } });
      for (const { handle, to } of sides.reverse()) {
        const label = isPlain(handle) ? "then" : handle.label;
        const next = { from: id, handle: handle.name };
        tasks.push({ id: to, depth: depth + 1, via: { label, hoped: handle.hoped }, promised: later, way: next });
      }
    }
  };

  for (const node of doc.nodes) if (!arrived.has(node.id)) tell(node.id);
  for (const node of doc.nodes) if (!told.has(node.id)) tell(node.id);
  return items;
}

interface Task {
  id: string | null;
  depth: number;
  via: Item["via"];
  /** Nodes that a main way above will tell. */
  promised: ReadonlySet<string>;
  way?: Item["way"];
}

interface Way {
  handle: Handle;
  to: string | null;
}

function plainWay(ways: readonly Way[]): Way | undefined {
  const plain = ways.filter((w) => isPlain(w.handle));
  return plain.length === 1 ? plain[0] : undefined;
}

/** The nodes that follow along plain ways: they are told there, not under a side way. */
function chain(start: string, ways: (id: string) => Way[]): Set<string> {
  const found = new Set<string>();
  for (let at: string | null | undefined = start; at && !found.has(at); ) {
    found.add(at);
    at = plainWay(ways(at))?.to;
  }
  return found;
}
