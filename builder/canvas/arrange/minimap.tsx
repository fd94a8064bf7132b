/** The whole journey in small, with what is in sight: a click or a drag moves the view there. */

import { useReactFlow, useStore as useFlow } from "@xyflow/react";
import { memo, useMemo, useRef, type PointerEvent, type WheelEvent } from "react";

import { WIDTH } from "../model/size";
import type { Category } from "../model/types";
import type { SceneNode } from "../view/scene";
import { t } from "../words";

const SIZE = { width: 182, height: 120 };
const KINDS = ["trigger", "ai", "logic", "action", "note", "group"] as const;

interface Bounds {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export function Minimap({ nodes }: { nodes: readonly SceneNode[] }) {
  const flow = useReactFlow();
  const [left, top, right, bottom, zoom] = useFlow(inSight, alike);
  const small = useMemo(() => smallOf(nodes), [nodes]);
  const held = useRef<{ dx: number; dy: number } | null>(null);
  const view = { left, top, right, bottom };
  const box = viewBox(nodes.length ? union(small.bounds, view) : view);
  const at = (event: { clientX: number; clientY: number; currentTarget: Element }) => {
    const frame = event.currentTarget.getBoundingClientRect();
    const scale = box.width / frame.width;
    return { x: box.x + (event.clientX - frame.left) * scale, y: box.y + (event.clientY - frame.top) * scale };
  };
  const middle = { x: (left + right) / 2, y: (top + bottom) / 2 };
  const go = (event: PointerEvent) => {
    const { x, y } = at(event);
    void flow.setCenter(x - (held.current?.dx ?? 0), y - (held.current?.dy ?? 0), { zoom });
  };
  return (
    <svg
      className="wj-small"
      role="img"
      aria-label={t("arrange.minimap")}
      width={SIZE.width}
      height={SIZE.height}
      viewBox={`${box.x} ${box.y} ${box.width} ${box.height}`}
      onPointerDown={(event) => {
        const { x, y } = at(event);
        const inside = x > left && x < right && y > top && y < bottom;
        held.current = inside ? { dx: x - middle.x, dy: y - middle.y } : { dx: 0, dy: 0 };
        event.currentTarget.setPointerCapture(event.pointerId);
        go(event);
      }}
      onPointerMove={(event) => held.current && go(event)}
      onPointerUp={() => (held.current = null)}
      onPointerCancel={() => (held.current = null)}
      onWheel={(event: WheelEvent) => void (event.deltaY < 0 ? flow.zoomIn() : flow.zoomOut())}
    >
      <Marks paths={small.paths} />
      <rect className="wj-small-view" x={left} y={top} width={right - left} height={bottom - top} />
    </svg>
  );
}

/** One path for each kind of node: it does not grow with the journey. */
const Marks = memo(function Marks({ paths }: { paths: { [kind in (typeof KINDS)[number]]: string } }) {
  return KINDS.map((kind) => (paths[kind] ? <path key={kind} data-kind={kind} d={paths[kind]} /> : null));
});

type FlowState = Parameters<Parameters<typeof useFlow>[0]>[0];

function inSight({ transform: [x, y, zoom], width, height }: FlowState) {
  return [-x / zoom, -y / zoom, (width - x) / zoom, (height - y) / zoom, zoom] as const;
}

function alike(a: readonly number[], b: readonly number[]): boolean {
  return a.every((value, i) => value === b[i]);
}

function smallOf(nodes: readonly SceneNode[]) {
  const paths = Object.fromEntries(KINDS.map((kind) => [kind, ""])) as { [kind in (typeof KINDS)[number]]: string };
  const bounds = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const node of nodes) {
    const { width = WIDTH, height = 64, position } = node;
    const [x, y] = [position.x - width / 2, position.y];
    paths[kindOf(node)] += `M${x} ${y}h${width}v${height}h${-width}z`;
    bounds.left = Math.min(bounds.left, x);
    bounds.top = Math.min(bounds.top, y);
    bounds.right = Math.max(bounds.right, x + width);
    bounds.bottom = Math.max(bounds.bottom, y + height);
  }
  return { paths, bounds };
}

function kindOf(node: SceneNode): Category | "note" | "group" {
  if (node.type === "note") return "note";
  if (node.type === "step") return node.data.type?.category ?? "logic";
  return node.type === "frame" ? "group" : "logic";
}

function union(a: Bounds, b: Bounds): Bounds {
  return {
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
  };
}

function viewBox(all: Bounds) {
  const scale = Math.max((all.right - all.left) / SIZE.width, (all.bottom - all.top) / SIZE.height, 1) * 1.08;
  const [width, height] = [SIZE.width * scale, SIZE.height * scale];
  return { x: (all.left + all.right - width) / 2, y: (all.top + all.bottom - height) / 2, width, height };
}
