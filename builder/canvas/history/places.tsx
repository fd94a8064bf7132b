/** Where nodes stood that were moved: a dashed outline at the old place, tied to the new one. */

import { ViewportPortal } from "@xyflow/react";

import { WIDTH } from "../model/size";
import { useSlice, useStore } from "../view/context";
import { looking } from "./look";

export function OldPlaces() {
  const look = useSlice(looking(useStore()).slice, (s) => s.look);
  if (!look?.found) return null;
  const moved = look.found.nodes.flatMap((change) =>
    change.kind === "changed" && change.from && change.to ? [{ id: change.id, from: change.from, to: change.to }] : [],
  );
  return (
    <ViewportPortal>
      {moved.map(({ id, from: [x, y] }) => (
        <div key={id} className="wj-old-place" style={{ position: "absolute", left: x, top: y, width: WIDTH }} />
      ))}
      <svg className="wj-old-ways" aria-hidden="true">
        {moved.map(({ id, from, to }) => (
          <line key={id} x1={from[0] + WIDTH / 2} y1={from[1] + 32} x2={to[0] + WIDTH / 2} y2={to[1] + 32} />
        ))}
      </svg>
    </ViewportPortal>
  );
}
