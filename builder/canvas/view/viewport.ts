/** What of the canvas is in sight: at the start, and when a node has to be seen. */

import { useReactFlow, type ReactFlowInstance } from "@xyflow/react";
import { useEffect, useRef } from "react";

import { arranging } from "../arrange/state";
import { shift, type Spot } from "../model/sight";
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

/** The whole journey if it can be read so, else its beginning; never larger than life. */
export function startView(
  flow: Pick<ReactFlowInstance, "setViewport">,
  nodes: readonly SceneNode[],
  frame: HTMLElement | null,
): void {
  if (!frame || nodes.length === 0) return;
  const steps = nodes.filter((node) => node.type === "step");
  const spots = [...nodes.filter((node) => node.type !== "step"), ...steps].map(spotOf);
  const size = { width: frame.clientWidth, height: frame.clientHeight };
  const view = fitted(spots, steps.length, size, EDGE);
  const covered = spots.some((s) => s.left * view.zoom + view.x < 184 && s.top * view.zoom + view.y < 48);
  void flow.setViewport(besideMap(covered ? fitted(spots, steps.length, size, 56) : view, spots, size));
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

/** The last `steps` of the spots are nodes: a note may stand higher than the first of them. */
function fitted(spots: readonly Spot[], steps: number, size: { width: number; height: number }, above: number): View {
  const left = Math.min(...spots.map((s) => s.left));
  const right = Math.max(...spots.map((s) => s.right));
  const top = Math.min(...spots.map((s) => s.top));
  const bottom = Math.max(...spots.map((s) => s.bottom)) + 16;
  const across = (size.width - 2 * EDGE) / (right - left);
  const zoom = Math.min(1, Math.max(LEAST, Math.min(across, (size.height - above - EDGE) / (bottom - top))));
  const first = spots.slice(-steps).reduce((a, b) => (b.top < a.top ? b : a));
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

/**
 * Fits the journey when the canvas is there, and once more when the first numbers have come, which
 * make nodes wider; not when somebody has moved the view in between.
 */
export function useStart(nodes: readonly SceneNode[], frame: { readonly current: HTMLElement | null }): () => void {
  const flow = useReactFlow();
  const came = useEditor((s) => Object.keys(s.counts.nodes).length > 0);
  const begun = useRef<View | null>(null);
  useEffect(() => {
    const { x, y, zoom } = begun.current ?? { x: 0, y: 0, zoom: 0 };
    const now = flow.getViewport();
    if (came && now.x === x && now.y === y && now.zoom === zoom) startView(flow, nodes, frame.current);
    if (came) begun.current = null;
    // Only the coming of the numbers counts, with the nodes as they are then.
  }, [came]);
  return () => {
    startView(flow, nodes, frame.current);
    begun.current = came ? null : flow.getViewport();
  };
}

function spotOn(element: Element | null): Spot | null {
  const box = element?.getBoundingClientRect();
  return box && box.width > 0 ? box : null;
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
    const middle = x + WIDTH / 2;
    show(flow, { left: middle - shape.width / 2, right: middle + shape.width / 2, top: y, bottom: y + shape.height });
  }, [wanted, doc, shapes, flow, store]);
}

/** Moves a place of the canvas into sight, and nearer when it could not be read. */
export function show(flow: ReactFlowInstance, spot: Spot): void {
  const frame = spotOn(document.querySelector(".wj-canvas"));
  if (!frame) return;
  const a = flow.flowToScreenPosition({ x: spot.left, y: spot.top });
  const b = flow.flowToScreenPosition({ x: spot.right, y: spot.bottom });
  const view = flow.getViewport();
  const by = shift({ left: a.x, right: b.x, top: a.y, bottom: b.y }, frame, spotOn(document.querySelector(".wj-map")));
  if (by && view.zoom >= LEAST / 2) {
    if (by[0] || by[1]) void flow.setViewport({ ...view, x: view.x + by[0], y: view.y + by[1] }, { duration: smooth() });
    return;
  }
  void flow.setCenter((spot.left + spot.right) / 2, (spot.top + spot.bottom) / 2, { zoom: Math.max(LEAST, view.zoom), duration: smooth() });
}
