/** Where nodes stood that were moved; and a canvas that stays where it is when a panel goes. */

import { useInternalNode, useReactFlow, ViewportPortal } from "@xyflow/react";
import { useEffect, useLayoutEffect, useRef } from "react";

import { titleOf } from "../model/sentences";
import { WIDTH } from "../model/size";
import { useEditor, useSlice, useStore } from "../view/context";
import { looking } from "./look";

const HIGH = 64; // of the outline
const READABLE = 0.6; // of the zoom: below it nodes show no sentence

export function OldPlaces() {
  const look = useSlice(looking(useStore()).slice, (s) => s.look);
  const types = useEditor((s) => s.types);
  useSteady();
  if (!look?.found) return null;
  return (
    <ViewportPortal>
      <Now />
      {look.found.nodes.map((change) => {
        if (change.kind !== "changed" || !change.from || !change.to) return null;
        const { id, from, to, before } = change;
        const clear = Math.abs(from[0] - to[0]) >= WIDTH || Math.abs(from[1] - to[1]) >= HIGH + 8;
        return (
          <div key={id} className="wj-old-place" style={{ position: "absolute", left: from[0], top: from[1] }}>
            {clear ? titleOf(before, types.get(before.type)) : null}
          </div>
        );
      })}
    </ViewportPortal>
  );
}

/** A ring around the node whose change is looked at, drawn near enough to be read. */
function Now() {
  const feature = looking(useStore());
  const flow = useReactFlow();
  const at = useSlice(feature.slice, (s) => s.at);
  const id = feature.items().find((item) => item.id === at)?.node ?? "";
  const node = useInternalNode(id);
  const { x = 0, y = 0 } = node?.internals.positionAbsolute ?? {};
  const { width = WIDTH, height = HIGH } = node?.measured ?? {};
  const there = node !== undefined;
  useEffect(() => {
    if (!there || flow.getZoom() >= READABLE) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    void flow.setCenter(x + width / 2, y + height / 2, { zoom: READABLE, duration: still ? 0 : 180 });
  }, [flow, at, there]);
  return there ? <div className="wj-change-ring" style={{ position: "absolute", left: x, top: y, width, height }} /> : null;
}

/** The palette comes and goes with the mode: what is on the canvas must not jump aside for it. */
function useSteady(): void {
  const flow = useReactFlow();
  const mode = useEditor((s) => s.mode);
  const palette = useEditor((s) => s.panels.palette);
  const before = useRef<number | null>(null);
  useLayoutEffect(() => {
    const left = document.querySelector(".wj-canvas")?.getBoundingClientRect().left;
    if (left === undefined) return;
    const moved = before.current === null ? 0 : before.current - left;
    before.current = left;
    if (moved === 0) return;
    const { x, y, zoom } = flow.getViewport();
    void flow.setViewport({ x: x + moved, y, zoom });
  }, [flow, mode, palette]);
}
