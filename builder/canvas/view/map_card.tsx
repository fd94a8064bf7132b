/** The minimap with zoom, fit and tidy below it. */

import { MiniMap, useReactFlow, useStore as useFlow } from "@xyflow/react";

import type { Category } from "../model/types";
import { useEditor, useStore } from "./context";
import { IconButton } from "./controls";
import type { SceneNode } from "./scene";

export function MapCard() {
  const store = useStore();
  const flow = useReactFlow();
  const percent = useFlow((s) => Math.round(s.transform[2] * 100));
  const editable = useEditor((s) => s.mode === "draft" && s.canEdit);
  const still = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 180);
  return (
    <section className="wj-map" aria-label="Overview" data-testid="minimap">
      <MiniMap<SceneNode>
        pannable
        zoomable
        ariaLabel="Minimap"
        nodeColor={(node) => color(node)}
        nodeStrokeWidth={0}
        nodeBorderRadius={24}
        maskColor="transparent"
        bgColor="transparent"
        maskStrokeColor="var(--wl-accent)"
        maskStrokeWidth={1.5}
        offsetScale={2}
        style={{ width: 182, height: 120 }}
      />
      <div className="wj-map-tools">
        <IconButton icon="minus" label="Zoom out" onClick={() => flow.zoomOut({ duration: still() })} />
        <button
          type="button"
          className="wj-map-zoom"
          aria-label={`Zoom ${percent} percent, set to 100`}
          title="Set to 100%"
          onClick={() => flow.zoomTo(1, { duration: still() })}
        >
          {percent}%
        </button>
        <IconButton icon="plus" label="Zoom in" onClick={() => flow.zoomIn({ duration: still() })} />
        <IconButton
          icon="maximize"
          label="Fit the journey"
          onClick={() => flow.fitView({ maxZoom: 1, padding: 0.1, duration: still() })}
          testId="fit"
        />
        <IconButton icon="network" label="Tidy up" disabled={!editable} onClick={store.tidy} testId="tidy" />
      </div>
    </section>
  );
}

const COLORS: { [category in Category]: string } = {
  trigger: "var(--wl-trigger)",
  ai: "var(--wl-ai)",
  logic: "var(--wl-logic)",
  action: "var(--wl-action)",
};

function color(node: SceneNode): string {
  if (node.type === "note") return "var(--wl-warning-fill)";
  return COLORS[node.data.type?.category ?? "logic"];
}
