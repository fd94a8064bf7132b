/** Quiet words along the lines: what is true for those who go that way, where there is room. */

import { useStore as useFlow, ViewportPortal, type Edge, type Node } from "@xyflow/react";
import { useMemo, useRef } from "react";

import { meanings } from "../model/meanings";
import { roughWidth } from "../model/size";
import { written, type Box, type Wanted, type Written } from "../model/way_words";
import type { JourneyDocument, Types } from "../model/types";
import { shown, useEditor } from "./context";
import { at, type LineData } from "./line";
import type { StepData } from "./step";

const NEAR = 0.75; // further away the words would be too small to read
const PILL = 20; // how high a handle with a name is

export function WayWords() {
  const near = useFlow((s) => s.transform[2] >= NEAR);
  return near ? <Near /> : null;
}

function Near() {
  const doc = useEditor(shown);
  const types = useEditor((s) => s.types);
  const nodes = useFlow((s) => s.nodes);
  const edges = useFlow((s) => s.edges);
  const last = useRef<Written[]>([]);
  const moving = nodes.some((node) => node.dragging);
  const said = useMemo(() => saidOf(doc, types), [doc, types]);
  const labels = useMemo(
    () => (moving || said.size === 0 ? last.current.filter(() => moving) : placed(said, nodes, edges)),
    [moving, said, nodes, edges],
  );
  last.current = labels;
  return (
    <ViewportPortal>
      {labels.map((label) => (
        <span key={label.id} className="wj-way-words" aria-hidden="true" style={{ ...at(label.x, label.y), width: label.width }}>
          {label.text}
        </span>
      ))}
    </ViewportPortal>
  );
}

/** What stands along the lines, by node and handle. */
function saidOf(doc: JourneyDocument, types: Types): Map<string, string> {
  const said = new Map<string, string>();
  for (const node of doc.nodes) {
    if (node.disabled) continue;
    for (const [handle, { short }] of meanings(node, types.get(node.type))) {
      if (short) said.set(JSON.stringify([node.id, handle]), short);
    }
  }
  return said;
}

function placed(said: ReadonlyMap<string, string>, nodes: readonly Node[], edges: readonly Edge[]): Written[] {
  const pills = pillsOf(nodes);
  const wanted: Wanted[] = [];
  const seen = new Set<string>();
  const lines: LineData["route"]["points"][] = [];
  for (const edge of edges) {
    const data = edge.data as LineData | undefined;
    if (!data?.route) continue;
    lines.push(data.route.points);
    const way = JSON.stringify([edge.source, edge.sourceHandle]);
    const text = said.get(way);
    if (text === undefined || seen.has(way) || data.together) continue;
    seen.add(way);
    const pill = pills.get(way);
    const width = Math.ceil(roughWidth(text)) + 2;
    wanted.push({ id: edge.id, text, width, points: data.route.points, ...(pill ? { pill } : {}) });
  }
  if (wanted.length === 0) return [];
  const boxes = nodes.map(boxOf);
  return written(wanted, [...boxes.filter(isNoFrame(nodes)), ...pills.values()], lines);
}

/** Where a node stands; its position is in the middle of its upper edge unless it says otherwise. */
function boxOf(node: Node): Box {
  const width = node.measured?.width ?? node.width ?? node.initialWidth ?? 256;
  const height = node.measured?.height ?? node.height ?? node.initialHeight ?? 64;
  const [x, y] = node.origin ?? [0.5, 0];
  return { x: node.position.x - x * width, y: node.position.y - y * height, width, height };
}

/** The handles with a name that are seen, by node and handle. */
function pillsOf(nodes: readonly Node[]): Map<string, Box> {
  const found = new Map<string, Box>();
  for (const node of nodes) {
    const { id, data } = node;
    const own = boxOf(node);
    for (const { handle, kind, hidden, side, x, y, width } of (data as Partial<StepData>).shape?.handles ?? []) {
      if (kind !== "pill" || hidden || side !== "bottom") continue;
      const box = { x: own.x + x - width / 2, y: own.y + y - PILL / 2, width, height: PILL };
      found.set(JSON.stringify([id, handle.name]), box);
    }
  }
  return found;
}

/** Groups are frames around nodes: words may stand inside of them. */
function isNoFrame(nodes: readonly Node[]): (box: Box, i: number) => boolean {
  return (_, i) => nodes[i]?.type === "step" || nodes[i]?.type === "note";
}
