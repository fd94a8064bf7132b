/** Going through a journey from node to node with the arrow keys. */

import { exits } from "../model/handles";
import type { JourneyDocument, JourneyEdge, Types } from "../model/types";

export type Direction = "down" | "up" | "left" | "right";

/** The node one comes to from here; null where the way ends. `came` is where one was before. */
export function step(doc: JourneyDocument, types: Types, from: string, go: Direction, came?: string): string | null {
  if (go === "down") return outOf(doc, types, from)[0]?.to ?? null;
  if (go === "up") {
    const before = doc.edges.filter((e) => e.to === from).map((e) => e.from);
    return (came && before.includes(came) ? came : before[0]) ?? null;
  }
  const beside = siblings(doc, types, from, came);
  const at = beside.indexOf(from);
  return beside[at + (go === "right" ? 1 : -1)] ?? null;
}

/** The nodes that the same node leads to, in the order of its ways; the beginnings are siblings. */
function siblings(doc: JourneyDocument, types: Types, id: string, came?: string): string[] {
  const before = doc.edges.filter((e) => e.to === id).map((e) => e.from);
  const above = (came && before.includes(came) ? came : before[0]) ?? null;
  if (above === null) {
    const led = new Set(doc.edges.map((e) => e.to));
    return doc.nodes.filter((n) => !led.has(n.id)).map((n) => n.id);
  }
  return [...new Set(outOf(doc, types, above).map((e) => e.to))];
}

/** The lines out of a node in the order of its ways. */
export function outOf(doc: JourneyDocument, types: Types, id: string): JourneyEdge[] {
  const node = doc.nodes.find((n) => n.id === id);
  const order = new Map(exits(types.get(node?.type ?? ""), node?.config).map((h, i) => [h.name, i]));
  return doc.edges
    .filter((e) => e.from === id)
    .sort((a, b) => (order.get(a.handle) ?? 999) - (order.get(b.handle) ?? 999));
}
