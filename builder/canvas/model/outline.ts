/** The journey as a list that is read from top to bottom: for phones and screen readers. */

import { exits, isPlain, strayHandles } from "./handles";
import { byStart } from "./ops";
import type { Handle, JourneyDocument, Types } from "./types";

export interface Item {
  /** "node": told here. "jump": told elsewhere, this way leads there. */
  kind: "node" | "jump";
  id: string;
  depth: number;
  /** By which way of which node one comes here; null on the plain way and at the beginning. */
  via: { label: string; hoped: boolean } | null;
}

/**
 * A node with one plain way on goes on at its own depth; its other ways are told before, a step
 * deeper. A node with named ways has them all a step deeper.
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
    return [...known, ...strayHandles({ edges: own }, node, known)].flatMap((handle) =>
      own.filter((e) => e.handle === handle.name).map((edge) => ({ handle, to: edge.to })),
    );
  };

  const tell = (start: string): void => {
    const tasks: Task[] = [{ id: start, depth: 0, via: null, promised: new Set() }];
    for (let task = tasks.pop(); task; task = tasks.pop()) {
      const { id, depth, via, promised } = task;
      if (!byId.has(id)) continue;
      if (told.has(id) || promised.has(id)) {
        items.push({ kind: "jump", id, depth, via });
        continue;
      }
      told.add(id);
      items.push({ kind: "node", id, depth, via });
      const all = ways(id);
      const main = plainWay(all);
      const sides = all.filter((way) => way !== main);
      const later = main && sides.length ? new Set([...promised, ...chain(main.to, ways)]) : promised;
      if (main) tasks.push({ id: main.to, depth, via: null, promised });
      for (const { handle, to } of sides.reverse()) {
        const label = isPlain(handle) ? "then" : handle.label;
        tasks.push({ id: to, depth: depth + 1, via: { label, hoped: handle.hoped }, promised: later });
      }
    }
  };

  for (const node of doc.nodes) if (!arrived.has(node.id)) tell(node.id);
  for (const node of doc.nodes) if (!told.has(node.id)) tell(node.id);
  return items;
}

interface Task {
  id: string;
  depth: number;
  via: Item["via"];
  /** Nodes that a main way above will tell. */
  promised: ReadonlySet<string>;
}

interface Way {
  handle: Handle;
  to: string;
}

function plainWay(ways: readonly Way[]): Way | undefined {
  const plain = ways.filter((w) => isPlain(w.handle));
  return plain.length === 1 ? plain[0] : undefined;
}

/** The nodes that follow along plain ways: they are told there, not under a side way. */
function chain(start: string, ways: (id: string) => Way[]): Set<string> {
  const found = new Set<string>();
  for (let at: string | undefined = start; at !== undefined && !found.has(at); ) {
    found.add(at);
    at = plainWay(ways(at))?.to;
  }
  return found;
}
