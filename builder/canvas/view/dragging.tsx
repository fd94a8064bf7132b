/** Nodes under the pointer: their places while they are dragged, and what is saved at the end. */

import { useReactFlow, type NodeChange } from "@xyflow/react";
import { useCallback, useRef, useState } from "react";

import { guides, indexOf, type Guide, type Index } from "../arrange/guides";
import type { OldPlace } from "../arrange/help_lines";
import { carried } from "../arrange/folding";
import { arranging } from "../arrange/state";
import { groupsOf } from "../model/groups";
import type { Box } from "../model/routing";
import { WIDTH } from "../model/size";
import type { JourneyDocument, Op, Point } from "../model/types";
import { together } from "../together/people";
import { t } from "../words";
import { shown, useStore } from "./context";
import { NO_MOVES, placeOf, type Moving, type SceneNode } from "./scene";

interface Drag {
  moving: Moving;
  lines: readonly Guide[];
  old: readonly OldPlace[];
}

const STILL: Drag = { moving: NO_MOVES, lines: [], old: [] };
const PULL = 6; // pixels on screen
const NO_LINES: readonly Guide[] = [];

/** React Flow's changes to the nodes: selection at once, places when they are let go. */
export function useDragging() {
  const store = useStore();
  const flow = useReactFlow<SceneNode>();
  const [drag, setDrag] = useState(STILL);
  const around = useRef<Around | null>(null);
  const onNodesChange = useCallback(
    (changes: NodeChange<SceneNode>[]) => {
      const doc = shown(store.get());
      const moves = new Map<string, Point>();
      let dropped = false;
      for (const change of changes) {
        if (change.type !== "position" || !change.position) continue;
        moves.set(change.id, [change.position.x - WIDTH / 2, change.position.y]);
        if (!change.dragging) dropped = true;
      }
      if (changes.some((change) => change.type === "select")) select(store, doc, changes);
      if (moves.size === 0) return;
      const place = (id: string) => placeOf(doc, NO_MOVES, id);
      const all = carried(doc, moves, arranging(store).anchors, place);
      around.current ??= look(flow, all, [...moves.keys()]);
      const { by, lines } = pulled(around.current, moves, flow.getZoom());
      const to = by[0] || by[1] ? new Map([...all].map(([id, [x, y]]) => [id, [x + by[0], y + by[1]] as Point])) : all;
      if (!dropped) {
        const { old } = around.current;
        together(store).hold(movedBy(doc, to));
        return setDrag({ moving: to, lines, old });
      }
      around.current = null;
      setDrag(STILL);
      together(store).hold(null);
      const ops = moveOps(doc, to);
      store.edit({ label: t("arrange.did_move"), ops, key: `move/${[...to.keys()].join()}` });
    },
    [store, flow],
  );
  return { ...drag, onNodesChange };
}

/** A group is selected by its nodes: it has no place of its own among what is selected. */
function select(store: ReturnType<typeof useStore>, doc: JourneyDocument, changes: NodeChange<SceneNode>[]): void {
  const chosen = new Set(store.get().selected);
  const groups = new Map(groupsOf(doc).map((g) => [g.id, g]));
  const put = (id: string, selected: boolean) => void (selected ? chosen.add(id) : chosen.delete(id));
  const selects = changes.filter((change) => change.type === "select");
  for (const { id, selected } of selects) for (const member of groups.get(id)?.nodes ?? []) put(member, selected);
  for (const { id, selected } of selects) if (!groups.has(id)) put(id, selected);
  store.select(chosen, store.get().selectedEdges);
}

/** How far they are from their places. */
function movedBy(doc: JourneyDocument, moves: Moving): Point | null {
  for (const [id, [x, y]] of moves) {
    const place = doc.ui?.positions?.[id];
    if (place) return [x - place[0], y - place[1]];
  }
  return null;
}

function moveOps(doc: JourneyDocument, moves: Moving): Op[] {
  const notes = doc.ui?.notes ?? [];
  const there = new Set(doc.nodes.map((n) => n.id));
  return [...moves].flatMap(([id, position]): Op[] => {
    const note = notes.find((n) => n.id === id);
    if (note) return [{ op: "note.set", ...note, position }];
    if (!there.has(id)) return []; // somebody took it away while it was held
    const [px, py] = placeOf(doc, NO_MOVES, id);
    return px === position[0] && py === position[1] ? [] : [{ op: "node.move", id, position }];
  });
}

// --- Helper lines ------------------------------------------------------------------------------

interface Around {
  index: Index;
  /** What is moved, at the beginning: its boxes give the box of all. */
  boxes: ReadonlyMap<string, Box>;
  old: readonly OldPlace[];
}

/** What stands around, within sight: looked at once for each drag. */
function look(flow: { getNodes: () => SceneNode[]; getZoom: () => number; screenToFlowPosition: (at: { x: number; y: number }) => { x: number; y: number } }, moves: Moving, held: readonly string[]): Around {
  const frame = document.querySelector(".wj-canvas")?.getBoundingClientRect();
  const first = flow.screenToFlowPosition({ x: frame?.left ?? 0, y: frame?.top ?? 0 });
  const last = flow.screenToFlowPosition({ x: frame?.right ?? 0, y: frame?.bottom ?? 0 });
  const boxes = new Map<string, Box>();
  const still: Box[] = [];
  for (const node of flow.getNodes()) {
    const box = boxAt(node);
    if (held.includes(node.id) || moves.has(node.id)) boxes.set(node.id, box);
    else if (node.type !== "frame" && box.x < last.x && box.x + box.width > first.x && box.y < last.y && box.y + box.height > first.y) still.push(box);
  }
  const old = [...boxes.values()].map(({ id, x, y, width, height }): OldPlace => ({ id, place: [x, y], width, height }));
  return { index: indexOf(still), boxes, old };
}

function boxAt({ id, position, width, height, measured }: SceneNode): Box {
  const wide = width ?? measured?.width ?? WIDTH;
  return { id, x: position.x - wide / 2, y: position.y, width: wide, height: height ?? measured?.height ?? 64 };
}

let free = false; // Alt or Ctrl is held: nothing is pulled
if (typeof window !== "undefined") {
  const hear = (event: KeyboardEvent | PointerEvent) => {
    free = event.altKey || event.ctrlKey;
  };
  for (const name of ["keydown", "keyup", "pointermove"] as const) window.addEventListener(name, hear, { capture: true, passive: true });
}

function pulled({ index, boxes }: Around, moves: Moving, zoom: number): { by: Point; lines: readonly Guide[] } {
  const now = [...moves].flatMap(([id, [x, y]]) => {
    const box = boxes.get(id);
    return box ? [{ ...box, x: x + (WIDTH - box.width) / 2, y }] : [];
  });
  if (now.length === 0 || free) return { by: [0, 0], lines: NO_LINES };
  const x = Math.min(...now.map((b) => b.x));
  const y = Math.min(...now.map((b) => b.y));
  const width = Math.max(...now.map((b) => b.x + b.width)) - x;
  const height = Math.max(...now.map((b) => b.y + b.height)) - y;
  return guides(index, { id: "", x, y, width, height }, Math.min(16, PULL / zoom));
}
