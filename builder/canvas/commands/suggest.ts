/** What often comes next: counted in the gallery's templates and in this workspace's journeys. */

import { perStore } from "../state/feature";
import { Slice } from "../state/slice";
import type { NodeType, Types } from "../model/types";

/** `to` came after the way `handle` of `from`; an empty `from` stands for the beginning. */
export interface Pair {
  from: string;
  handle: string;
  to: string;
  /** How often in the workspace's own journeys, and in the templates. */
  own: number;
  gallery: number;
}

const OWN = 3; // one journey of their own says as much as so many templates

/** Asked once, when it is needed first; without an answer nothing is suggested. */
export const suggestions = perStore(() => {
  const slice = new Slice<{ pairs: readonly Pair[] }>({ pairs: [] });
  let asked = false;
  const ask = async () => {
    if (asked) return;
    asked = true;
    try {
      const answer = await fetch("/studio/suggestions", { credentials: "same-origin" });
      if (answer.ok) slice.set({ pairs: ((await answer.json()) as { pairs: Pair[] }).pairs });
      else asked = false;
    } catch {
      asked = false; // offline: the next time it is asked again
    }
  };
  return { slice, ask };
});

/** The types that most often come after this way of this type; the same way elsewhere counts less. */
export function often(pairs: readonly Pair[], types: Types, from: string, handle: string, most = 4): NodeType[] {
  const points = new Map<string, number>();
  for (const pair of pairs) {
    if (pair.from !== from || !types.has(pair.to)) continue;
    const weight = (pair.own * OWN + pair.gallery) * (pair.handle === handle ? 4 : 1);
    points.set(pair.to, (points.get(pair.to) ?? 0) + weight);
  }
  return [...points]
    .sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))
    .slice(0, most)
    .flatMap(([name]) => types.get(name) ?? []);
}
