/** The minimap with zoom, fit and tidy below it. */

import { useReactFlow, useStore as useFlow } from "@xyflow/react";

import { Minimap } from "../arrange/minimap";
import { arranging } from "../arrange/state";
import { tidy } from "../arrange/tidy";
import { t } from "../words";
import { useEditor, useSlice, useStore } from "./context";
import { IconButton } from "./controls";
import type { SceneNode } from "./scene";
import { AROUND, smooth } from "./viewport";

export function MapCard({ nodes }: { nodes: readonly SceneNode[] }) {
  const store = useStore();
  const flow = useReactFlow();
  const percent = useFlow((s) => Math.round(s.transform[2] * 100));
  const editable = useEditor((s) => s.mode === "draft" && s.canEdit);
  const busy = useSlice(arranging(store).slice, (s) => s.busy);
  return (
    <section className="wj-map" aria-label={t("arrange.overview")} data-testid="minimap">
      <Minimap nodes={nodes} />
      <div className="wj-map-tools">
        <IconButton icon="minus" label={t("arrange.zoom_out")} hint="Ctrl −" onClick={() => void flow.zoomOut({ duration: smooth() })} />
        <button
          type="button"
          className="wj-map-zoom"
          aria-label={t("arrange.zoom_says", { percent })}
          title={t("arrange.zoom_hint")}
          onClick={() => void flow.zoomTo(1, { duration: smooth() })}
        >
          {percent}%
        </button>
        <IconButton icon="plus" label={t("arrange.zoom_in")} hint="Ctrl +" onClick={() => void flow.zoomIn({ duration: smooth() })} />
        <IconButton
          icon="maximize"
          label={t("arrange.fit")}
          hint="Shift 1"
          onClick={() => void flow.fitView({ maxZoom: 1, padding: AROUND, duration: smooth() })}
          testId="fit"
        />
        <IconButton icon="network" label={t("arrange.tidy")} hint="Shift T" disabled={!editable || busy} onClick={() => void tidy(store)} testId="tidy" />
      </div>
    </section>
  );
}
