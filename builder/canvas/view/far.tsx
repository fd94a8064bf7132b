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
  const [solid, dashed] = useMemo(() => {
    const path = (hoped: boolean) => lines.map(({ data }) => (data?.hoped === hoped ? data.route.path : "")).join("");
    return [path(true), path(false)];
  }, [lines]);
  if (lines.length === 0) return null;
  return (
    <ViewportPortal>
      <svg className="wj-far-lines" aria-hidden="true">
        <path d={solid} />
        <path d={dashed} data-hoped="false" />
      </svg>
    </ViewportPortal>
  );
});
