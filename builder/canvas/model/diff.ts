/** How many things of the draft differ from the live version. */

import { edgeId } from "./ops";
import { same, type JourneyDocument } from "./types";

export function changes(draft: JourneyDocument, live: JourneyDocument): number {
  const before = new Map(live.nodes.map((n) => [n.id, n]));
  let count = 0;
  for (const node of draft.nodes) {
    if (!same(bare(before.get(node.id)), bare(node))) count += 1;
    before.delete(node.id);
  }
  count += before.size;
  const edges = new Set(live.edges.map(edgeId));
  for (const edge of draft.edges) if (!edges.delete(edgeId(edge))) count += 1;
  count += edges.size;
  const heads = ["name", "about", "stage", "settings"] as const;
  return count + heads.filter((key) => !same(draft[key] ?? null, live[key] ?? null)).length;
}

function bare(node: JourneyDocument["nodes"][number] | undefined): object | null {
  if (!node) return null;
  const { version: _, config = {}, ...rest } = node;
  return { ...rest, config };
}
