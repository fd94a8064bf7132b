/** A template on the real canvas, to look at: it can be moved and read, and not changed. */

import { ReactFlowProvider } from "@xyflow/react";
import { useEffect, useMemo } from "react";

import "@xyflow/react/dist/base.css";
import "../css/frame.css";
import "../css/controls.css";
import "../css/panels.css";
import "../css/outline.css";
import "../css/phone.css";
import "../css/node.css";
import "../css/decor.css";
import "../css/canvas.css";
import "../css/arrange.css";

import type { JourneyDocument } from "../model/types";
import { Api, type Journey } from "../state/api";
import { EditorStore } from "../state/store";
import { Canvas } from "../view/canvas";
import { StoreContext, useEditor } from "../view/context";
import { begin } from "../words/choice";
import { storage } from "../words/preference";

export interface JourneyPreviewProps {
  /** The template's slug. */
  slug: string;
  colorMode?: "light" | "dark" | string;
}

/** Gives a template where the editor expects a journey; nothing is ever sent. */
class TemplateApi extends Api {
  constructor(private readonly template: string) {
    super(template);
    this.journey = () => this.read();
  }

  private async read(): Promise<Journey> {
    const answer = await fetch(`/studio/templates/${encodeURIComponent(this.template)}`, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(`The studio answered ${answer.status}.`);
    const { document, name } = (await answer.json()) as { document: JourneyDocument; name: string };
    return { slug: this.template, id: "", name, rev: 0, saved_at: "", problems: [], document, state: "draft", live: null, versions: [], hooks: {} } as Journey;
  }
}

export function JourneyPreview({ slug, colorMode }: JourneyPreviewProps) {
  const store = useMemo(() => {
    const around = { now: Date.now, later: () => () => undefined, storage: null };
    return new EditorStore(slug, new TemplateApi(slug), around, false);
  }, [slug]);
  useEffect(() => {
    void begin(storage(), navigator.languages).then(() => store.open());
  }, [store]);
  const dark = colorMode === "dark";
  return (
    <StoreContext.Provider value={store}>
      <ReactFlowProvider>
        <div className={dark ? "wj wj-dark wj-sample" : "wj wj-sample"} data-testid="template-preview">
          <Shown dark={dark} />
        </div>
      </ReactFlowProvider>
    </StoreContext.Provider>
  );
}

export default JourneyPreview;

function Shown({ dark }: { dark: boolean }) {
  const phase = useEditor((s) => s.phase);
  const failure = useEditor((s) => s.failure);
  if (phase === "ready") return <Canvas dark={dark} />;
  return <p className="wj-loading" role="status">{failure}</p>;
}
