/** The cursors of the others on the canvas, and ours for them. */

import { useReactFlow, useStore as useFlow, ViewportPortal } from "@xyflow/react";
import { useEffect } from "react";

import { useEditor, useSlice, useStore } from "../view/context";
import { paint, together, type Person } from "./people";

/** What somebody else is dragging, where it is by now: it gets there when they let it go. */
function Held({ people }: { people: readonly Person[] }) {
  const flow = useReactFlow();
  return people.flatMap(({ client, color, selection, held }) =>
    (held ? selection : []).flatMap((id) => {
      const node = flow.getInternalNode(id);
      if (!node || !held) return [];
      const { x, y } = node.internals.positionAbsolute;
      const { width = 0, height = 0 } = node.measured;
      const by = `translate(${x + held[0]}px, ${y + held[1]}px)`;
      return [<div key={`${client}/${id}`} className="wj-held" aria-hidden style={{ width, height, transform: by, ["--wj-person" as string]: paint(color) }} />];
    }),
  );
}

export function Cursors() {
  const store = useStore();
  const flow = useReactFlow();
  const frame = useFlow((s) => s.domNode);
  const zoom = useFlow((s) => s.transform[2]);
  const people = useSlice(together(store).slice, (s) => s.people);
  const here = useEditor((s) => s.mode === "draft"); // where they are
  useEffect(() => {
    if (!frame) return;
    const moved = ({ clientX: x, clientY: y, pointerType }: PointerEvent) => {
      if (pointerType === "touch") return; // a finger is no cursor
      const place = flow.screenToFlowPosition({ x, y }, { snapToGrid: false });
      together(store).point([place.x, place.y]);
    };
    const gone = () => together(store).point(null);
    frame.addEventListener("pointermove", moved);
    frame.addEventListener("pointerleave", gone);
    return () => {
      frame.removeEventListener("pointermove", moved);
      frame.removeEventListener("pointerleave", gone);
    };
  }, [frame, flow, store]);
  const seen = people.filter((one) => one.cursor !== null);
  if (!here || (seen.length === 0 && people.every((one) => !one.held))) return null;
  return (
    <ViewportPortal>
      <Held people={people} />
      {seen.map(({ client, name, color, cursor }) => (
        <div
          key={client}
          className="wj-cursor"
          data-testid={`cursor-${client}`}
          aria-hidden
          style={{
            ["--wj-person" as string]: paint(color),
            transform: `translate(${cursor?.[0] ?? 0}px, ${cursor?.[1] ?? 0}px) scale(${1 / zoom})`,
          }}
        >
          <svg width="16" height="18" viewBox="0 0 16 18">
            <path d="M1 1 L14 9 L8 10.5 L5 16.5 Z" fill="var(--wj-person)" stroke="var(--wl-card)" strokeWidth="1.5" strokeLinejoin="round" />
          </svg>
          <span>{name}</span>
        </div>
      ))}
    </ViewportPortal>
  );
}
