/** The journey as a list that is read from top to bottom: for phones and screen readers. */

import { exits, isPlain, strayHandles } from "./handles";
import type { JourneyDocument, Types } from "./types";

export interface Item {
  /** "node": told here. "jump": told elsewhere, this way leads there. */
  kind: "node" | "jump";
  id: string;
  depth: number;
  /** By which way of which node one comes here; null on the plain way and at the beginning. */
  via: { label: string; hoped: boolean } | null;
}

export function outline(doc: JourneyDocument, types: Types): Item[] {
  const items: Item[] = [];
  const told = new Set<string>();
  const byId = new Map(doc.nodes.map((n) => [n.id, n]));
  const arrived = new Set(doc.edges.map((e) => e.to));

  const tell = (id: string, depth: number, via: Item["via"]): void => {
    const node = byId.get(id);
    if (!node) return;
    if (told.has(id)) {
      items.push({ kind: "jump", id, depth, via });
      return;
    }
    told.add(id);
    items.push({ kind: "node", id, depth, via });
    const known = exits(types.get(node.type), node.config);
    const ways = [...known, ...strayHandles(doc, node, known)].flatMap((handle) =>
      doc.edges
        .filter((e) => e.from === id && e.handle === handle.name)
        .map((edge) => ({ handle, to: edge.to })),
    );
    const alone = ways.length === 1 && ways[0] && isPlain(ways[0].handle);
    for (const { handle, to } of ways) {
      const label = isPlain(handle) ? "then" : handle.label;
      tell(to, alone ? depth : depth + 1, alone ? null : { label, hoped: handle.hoped });
    }
  };

  for (const node of doc.nodes) if (!arrived.has(node.id)) tell(node.id, 0, null);
  for (const node of doc.nodes) if (!told.has(node.id)) tell(node.id, 0, null);
  return items;
}
