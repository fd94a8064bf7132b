/** What of the canvas is in sight: at the start, and when a node has to be seen. */

import { useReactFlow, type ReactFlowInstance } from "@xyflow/react";
import { useEffect } from "react";

import { WIDTH, type Shape } from "../model/size";
import { shown, useEditor, useStore } from "./context";
import { placeOf, type SceneNode } from "./scene";

const EDGE = 40; // pixels kept free around what is shown
const LEAST = 0.6; // below this the sentences are not drawn any more

/** The whole journey if it can be read so, else its beginning; never larger than life. */
export function startView(flow: Pick<ReactFlowInstance, "setViewport">, nodes: readonly SceneNode[], frame: HTMLElement | null): void {
  if (!frame || nodes.length === 0) return;
  const { clientWidth: width, clientHeight: height } = frame;
  const left = Math.min(...nodes.map((n) => n.position.x - (n.width ?? WIDTH) / 2));
  const right = Math.max(...nodes.map((n) => n.position.x + (n.width ?? WIDTH) / 2));
  const top = Math.min(...nodes.map((n) => n.position.y));
  const bottom = Math.max(...nodes.map((n) => n.position.y + (n.height ?? 64)));
  const fit = Math.min((width - 2 * EDGE) / (right - left), (height - EDGE - 16) / (bottom - top + 16));
  const zoom = Math.min(1, Math.max(LEAST, fit));
  const first = nodes.reduce((a, b) => (b.position.y < a.position.y ? b : a));
  const fits = (right - left) * zoom <= width - 16;
  const middle = fits ? (left + right) / 2 : first.position.x;
  void flow.setViewport({ x: width / 2 - middle * zoom, y: 24 - top * zoom, zoom });
}

/** Moves what the store wants to be seen into sight. */
export function useReveal(shapes: Map<string, Shape>): void {
  const store = useStore();
  const flow = useReactFlow();
  const wanted = useEditor((s) => s.reveal);
  const doc = useEditor(shown);
  useEffect(() => {
    const id = wanted[0];
    if (!id) return;
    const shape = shapes.get(id);
    store.set({ reveal: [] });
    if (!shape) return;
    const [x, y] = placeOf(doc, new Map(), id);
    const frame = document.querySelector(".wj-canvas")?.getBoundingClientRect();
    if (!frame) return;
    const a = flow.flowToScreenPosition({ x, y });
    const b = flow.flowToScreenPosition({ x: x + WIDTH, y: y + shape.height });
    const inside = a.x > frame.left && b.x < frame.right && a.y > frame.top && b.y < frame.bottom - 16;
    if (inside) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const zoom = Math.max(LEAST, flow.getZoom());
    void flow.setCenter(x + WIDTH / 2, y + shape.height / 2, { zoom, duration: still ? 0 : 180 });
  }, [wanted, doc, shapes, flow, store]);
}
