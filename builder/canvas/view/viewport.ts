/** What of the canvas is in sight: at the start, and when a node has to be seen. */

import { useReactFlow, type ReactFlowInstance } from "@xyflow/react";
import { useEffect } from "react";

import { arranging } from "../arrange/state";
import { WIDTH, type Shape } from "../model/size";
import { shown, useEditor, useStore } from "./context";
import { NO_MOVES, placeOf, type SceneNode } from "./scene";

const EDGE = 16; // pixels kept free around what is shown
const LEAST = 0.6; // below this the sentences are not drawn any more

interface View {
  x: number;
  y: number;
  zoom: number;
}

interface Spot {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** The whole journey if it can be read so, else its beginning; never larger than life. */
export function startView(
  flow: Pick<ReactFlowInstance, "setViewport">,
  nodes: readonly SceneNode[],
  frame: HTMLElement | null,
): void {
  if (!frame || nodes.length === 0) return;
  const spots = nodes.map(spotOf);
  const size = { width: frame.clientWidth, height: frame.clientHeight };
  const view = fitted(spots, size, EDGE);
  const covered = spots.some((s) => s.left * view.zoom + view.x < 184 && s.top * view.zoom + view.y < 48);
  void flow.setViewport(besideMap(covered ? fitted(spots, size, 56) : view, spots, size));
}

function spotOf(node: SceneNode): Spot {
  const { position, width = WIDTH, height = 64 } = node;
  return {
    left: position.x - width / 2,
    right: position.x + width / 2,
    top: position.y,
    bottom: position.y + height,
  };
}

function fitted(spots: readonly Spot[], size: { width: number; height: number }, above: number): View {
  const left = Math.min(...spots.map((s) => s.left));
  const right = Math.max(...spots.map((s) => s.right));
  const top = Math.min(...spots.map((s) => s.top));
  const bottom = Math.max(...spots.map((s) => s.bottom)) + 16;
  const across = (size.width - 2 * EDGE) / (right - left);
  const zoom = Math.min(1, Math.max(LEAST, Math.min(across, (size.height - above - EDGE) / (bottom - top))));
  const first = spots.reduce((a, b) => (b.top < a.top ? b : a));
  const middle = across >= zoom ? (left + right) / 2 : (first.left + first.right) / 2;
  return { x: size.width / 2 - middle * zoom, y: above - top * zoom, zoom };
}

/** Moves the view to the left, where there is room, so that the minimap covers no node. */
function besideMap(view: View, spots: readonly Spot[], size: { width: number; height: number }): View {
  const free = size.width - 208;
  const covered = spots
    .filter((s) => s.bottom * view.zoom + view.y > size.height - 176)
    .map((s) => s.right * view.zoom + view.x - free);
  const wanted = Math.max(0, ...covered);
  const room = Math.min(...spots.map((s) => s.left)) * view.zoom + view.x - EDGE;
  return wanted <= room ? { ...view, x: view.x - wanted } : view;
}

/** What is kept free around a journey that is fitted: above it stands the switch of the views. */
export const AROUND = { top: "60px", right: "32px", bottom: "32px", left: "32px" } as const;

/** How long the view takes to go somewhere else, in milliseconds. */
export function smooth(): number {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 180;
}

/** Moves what the store wants to be seen into sight, out of a folded group if it is in one. */
export function useReveal(shapes: Map<string, Shape>): void {
  const store = useStore();
  const flow = useReactFlow();
  const wanted = useEditor((s) => s.reveal);
  const doc = useEditor(shown);
  useEffect(() => {
    const id = wanted[0];
    if (!id) return;
    arranging(store).uncover(id);
    const shape = shapes.get(id);
    store.set({ reveal: [] });
    if (!shape) return;
    const [x, y] = placeOf(doc, NO_MOVES, id);
    const frame = document.querySelector(".wj-canvas")?.getBoundingClientRect();
    if (!frame) return;
    const a = flow.flowToScreenPosition({ x, y });
    const b = flow.flowToScreenPosition({ x: x + WIDTH, y: y + shape.height });
    const inside = a.x > frame.left && b.x < frame.right && a.y > frame.top && b.y < frame.bottom - 16;
    const readable = flow.getZoom() >= LEAST / 2;
    if (inside && readable) return;
    const zoom = Math.max(LEAST, flow.getZoom());
    void flow.setCenter(x + WIDTH / 2, y + shape.height / 2, { zoom, duration: smooth() });
  }, [wanted, doc, shapes, flow, store]);
}
