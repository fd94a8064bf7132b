/** What the canvas asks for: a node after a way, on a line, or at a free place. */

import { useMemo } from "react";

import { ask } from "../commands/opening";
import type { Spot } from "../commands/state";
import type { JourneyEdge, Point } from "../model/types";
import { useStore } from "./context";

export function useAsking() {
  const store = useStore();
  return useMemo(
    () => ({
      /** What comes after a handle: a new node, placed below or where the line was dropped. */
      after: (node: string, handle: string, spot: Spot, at?: Point) => ask(store, { node, handle, ...(at ? { at } : {}) }, spot),
      /** What comes in between, on a line. */
      between: (edge: JourneyEdge, spot: Spot) => ask(store, { edge }, spot),
      /** A node at a free place, connected with nothing. */
      here: (at: Point, spot: Spot) => ask(store, { at }, spot),
    }),
    [store],
  );
}
