/** How near the canvas is: from afar a node is its shape alone, and lines are drawn together. */

import { useStore as useFlow, ViewportPortal } from "@xyflow/react";
import { createContext, memo, useContext, useMemo } from "react";

import type { LineEdge } from "./line";

const FAR = 0.3; // below this zoom

export const Far = createContext(false);

/** Whether what asks is drawn from afar. */
export function useFar(): boolean {
  return useContext(Far);
}

export function useIsFar(): boolean {
  return useFlow((s) => s.transform[2] < FAR);
}

/** All lines as two paths, instead of some elements for each of them. */
export const FarLines = memo(function FarLines({ lines }: { lines: readonly LineEdge[] }) {
  // A stroke that does not scale knows nothing of the canvas's own scale: a pixel is so many of its units.
  const pixel = useFlow((s) => Math.round(1 / s.transform[2]));
  const [solid, dashed] = useMemo(() => {
    const path = (hoped: boolean) => lines.map(({ data }) => (data?.hoped === hoped ? data.route.path : "")).join("");
    return [path(true), path(false)];
  }, [lines]);
  if (lines.length === 0) return null;
  return (
    <ViewportPortal>
      <svg className="wj-far-lines" aria-hidden="true" style={{ strokeWidth: pixel }}>
        <path d={solid} />
        <path d={dashed} data-hoped="false" />
      </svg>
    </ViewportPortal>
  );
});
