/** Where and about what the list "What happens next?" is open. */

import { useCallback, useState, type RefObject } from "react";

import { whyNot } from "../model/edits";
import type { JourneyEdge, NodeType, Point } from "../model/types";
import { useStore } from "./context";
import type { Asking } from "./quick_add";

const WIDTH = 272;
const HEIGHT = 336;

export interface Spot {
  x: number;
  y: number;
}

export function useAsking(frame: RefObject<HTMLDivElement | null>) {
  const store = useStore();
  const [asking, setAsking] = useState<Asking | null>(null);
  const close = useCallback(() => setAsking(null), []);

  /** Opens the list at a spot of the screen, moved so that it stays inside of the canvas. */
  const open = useCallback(
    (spot: Spot, what: Pick<Asking, "targets" | "choose" | "connect">) => {
      if (!store.editable) return;
      const box = frame.current?.getBoundingClientRect();
      const x = Math.min(spot.x - (box?.left ?? 0), (box?.width ?? 0) - WIDTH);
      const y = Math.min(spot.y - (box?.top ?? 0) + 8, (box?.height ?? 0) - HEIGHT);
      const place = { x: Math.max(8, x), y: Math.max(8, y) };
      setAsking({ ...place, title: "What happens next?", beginning: false, ...what });
    },
    [store, frame],
  );

  /** What comes after a handle: a new node, placed below or where the line was dropped. */
  const after = useCallback(
    (node: string, handle: string, spot: Spot, at?: Point) => {
      const { document, types } = store.get();
      const fits = (to: string) => whyNot(document, { from: node, handle, to }, types) === null;
      open(spot, {
        targets: document.nodes.map((n) => n.id).filter(fits),
        choose: (type: NodeType) => {
          close();
          store.add(type, { after: node, by: handle, ...(at ? { place: at } : {}) });
        },
        connect: (to) => {
          close();
          store.connect({ from: node, handle, to });
        },
      });
    },
    [store, open, close],
  );

  /** What comes in between, on a line. */
  const between = useCallback(
    (edge: JourneyEdge, spot: Spot) =>
      open(spot, {
        targets: [],
        choose: (type) => {
          close();
          store.add(type, { on: edge });
        },
        connect: close,
      }),
    [store, open, close],
  );

  return { asking, close, after, between };
}
