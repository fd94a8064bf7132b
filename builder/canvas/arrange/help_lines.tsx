/** The old places of what is dragged, and the lines on which it agrees with what is around it. */

import { useStore as useFlow, ViewportPortal } from "@xyflow/react";

import type { Point } from "../model/types";
import { at } from "../view/line";
import type { Guide } from "./guides";

export interface OldPlace {
  id: string;
  place: Point;
  width: number;
  height: number;
}

const MOST = 40; // old places of more nodes than that tell nothing

export function HelpLines({ lines, old }: { lines: readonly Guide[]; old: readonly OldPlace[] }) {
  const zoom = useFlow((s) => s.transform[2]);
  if (lines.length === 0 && old.length === 0) return null;
  const thin = 1 / zoom;
  return (
    <ViewportPortal>
      {old.slice(0, MOST).map(({ id, place: [x, y], width, height }) => (
        <div key={id} className="wj-old-place" style={{ ...at(x, y), width, height }} />
      ))}
      {lines.map(({ axis, at: where, from, to, gap }, i) => {
        const upright = axis === "x";
        const style = upright
          ? { ...at(where - thin / 2, from), width: thin, height: to - from }
          : { ...at(from, where - thin / 2), width: to - from, height: thin };
        return <div key={i} className="wj-helper" data-along={upright ? "y" : "x"} data-gap={gap || undefined} style={style} />;
      })}
    </ViewportPortal>
  );
}
