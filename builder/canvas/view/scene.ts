/** Turns the document into React Flow's nodes and edges; what has not changed stays the same. */

import { Position, type NodeHandle } from "@xyflow/react";
import { useMemo, useRef } from "react";

import { edgeId } from "../model/ops";
import { ofNode } from "../model/problems";
import { isPlain } from "../model/handles";
import type { Route } from "../model/routing";
import { WIDTH, type Shape } from "../model/size";
import { same, type Counts, type JourneyDocument, type JourneyEdge, type JourneyNode, type Note, type Point, type Problem, type Types } from "../model/types";
import { routed, shapes } from "../state/geometry";
import type { LineEdge } from "./line";
import type { NoteNode } from "./note";
import { accessibleName, type StepData, type StepNode } from "./step";

export type SceneNode = StepNode | NoteNode;
export type Moving = ReadonlyMap<string, Point>;

export interface SceneInput {
  doc: JourneyDocument;
  types: Types;
  problems: readonly Problem[];
  counts: Counts | null;
  selected: ReadonlySet<string>;
  selectedEdges: ReadonlySet<string>;
  moving: Moving;
  hovered: string | null;
  editable: boolean;
  /** Changes when the font is there and texts can be measured. */
  font: number;
  actions: Pick<StepData, "onPort" | "onCopy" | "onDelete"> & { onNote: (note: Note, text: string) => void };
}

export const NO_MOVES: Moving = new Map();

export function placeOf(doc: JourneyDocument, moving: Moving, id: string): Point {
  return moving.get(id) ?? doc.ui?.positions?.[id] ?? [0, 0];
}

export function useScene(input: SceneInput) {
  const { doc, types, problems, counts, moving, editable, font } = input;
  const all = useSteady(useMemo(() => shapes(doc, types, counts ?? undefined), [doc, types, counts, font]));
  // A new text in a node moves no line: routes are found again only when something has moved.
  const still = useMemo(
    () => routed(doc, all, (id) => placeOf(doc, NO_MOVES, id)),
    [doc.edges, doc.ui?.positions, all],
  );
  const paths = useMemo(() => {
    if (moving.size === 0) return still;
    const edges = doc.edges.filter((e) => moving.has(e.from) || moving.has(e.to));
    const fresh = routed({ ...doc, edges }, all, (id) => placeOf(doc, moving, id));
    return new Map([...still, ...fresh]);
  }, [doc, all, still, moving]);

  const known = useRef(new Map<string, StepNode>());
  const nodes = useMemo(() => {
    const next = new Map<string, StepNode>();
    const used = new Map<string, Set<string>>();
    for (const { from, handle } of doc.edges) used.set(from, (used.get(from) ?? new Set()).add(handle));
    for (const node of doc.nodes) {
      const shape = all.get(node.id);
      if (!shape) continue;
      const made = step(node, input, shape, used.get(node.id) ?? new Set());
      const before = known.current.get(node.id);
      next.set(node.id, before && alike(before, made) ? before : made);
    }
    known.current = next;
    return [...next.values()];
  }, [doc, types, all, problems, counts, moving, input.selected, editable, input.actions]);

  const notes = useMemo(
    () => (doc.ui?.notes ?? []).map((note): NoteNode => noteNode(note, input)),
    [doc.ui?.notes, moving, input.selected, editable, input.actions],
  );
  const edges = useMemo(
    () => lines(input, paths, all),
    [doc, paths, all, counts, input.selectedEdges, input.hovered],
  );
  return { nodes: [...notes, ...nodes] as SceneNode[], edges, paths, shapes: all };
}

/** The same map as before when no shape differs. */
function useSteady(all: Map<string, Shape>): Map<string, Shape> {
  const before = useRef(all);
  const steady = before.current.size === all.size && [...all].every(([id, s]) => same(before.current.get(id), s));
  if (!steady) before.current = all;
  return before.current;
}

function step(node: JourneyNode, input: SceneInput, shape: Shape, used: Set<string>): StepNode {
  const { doc, types, counts, editable, actions } = input;
  const { id } = node;
  const [x, y] = placeOf(doc, input.moving, id);
  const own = input.problems.length ? ofNode(input.problems, id) : [];
  const numbers = counts?.nodes[id];
  const errors = own.filter((p) => p.severity === "error").length;
  const data: StepData = {
    node,
    type: types.get(node.type),
    shape,
    used: [...used].join("\n"),
    errors,
    warnings: own.length - errors,
    came: numbers?.in ?? null,
    waiting: numbers?.waiting ?? 0,
    left: numbers?.handles ?? null,
    editable,
    onPort: actions.onPort,
    onCopy: actions.onCopy,
    onDelete: actions.onDelete,
  };
  return {
    id,
    type: "step",
    position: { x: x + WIDTH / 2, y },
    width: shape.width,
    height: shape.height,
    measured: { width: shape.width, height: shape.height },
    handles: portsOf(shape, data.type?.category !== "trigger"),
    selected: input.selected.has(id),
    draggable: editable,
    ariaLabel: accessibleName(data),
    data,
  };
}

/** Where React Flow finds the handles: as they are drawn, without measuring the page. */
function portsOf(shape: Shape, entry: boolean): NodeHandle[] {
  const out = shape.handles.map(({ handle, x, y, width, side }): NodeHandle => {
    const position = side === "right" ? Position.Right : Position.Bottom;
    return { id: handle.name, type: "source", position, x: x - width / 2, y: y - 10, width, height: 20 };
  });
  const top: NodeHandle = { type: "target", position: Position.Top, x: shape.width / 2 - 8, y: -4, width: 16, height: 8 };
  return entry ? [...out, top] : out;
}

function alike(a: StepNode, b: StepNode): boolean {
  if (a.selected !== b.selected || a.draggable !== b.draggable || a.ariaLabel !== b.ariaLabel) return false;
  if (a.position.x !== b.position.x || a.position.y !== b.position.y) return false;
  return (Object.keys(b.data) as (keyof StepData)[]).every((key) =>
    key === "shape" || key === "left" ? same(a.data[key], b.data[key]) : Object.is(a.data[key], b.data[key]),
  );
}

function noteNode(note: Note, input: SceneInput): NoteNode {
  const [x, y] = input.moving.get(note.id) ?? note.position;
  return {
    id: note.id,
    type: "note",
    position: { x: x + WIDTH / 2, y },
    width: WIDTH,
    selected: input.selected.has(note.id),
    draggable: input.editable,
    ariaLabel: `Note: ${note.text}`,
    zIndex: -1,
    data: { note, editable: input.editable, onChange: (text) => input.actions.onNote(note, text) },
  };
}

function lines(input: SceneInput, paths: Map<string, Route>, all: Map<string, Shape>): LineEdge[] {
  const { doc, counts } = input;
  const bySource = new Map<string, JourneyEdge[]>();
  for (const edge of doc.edges) {
    const source = `${edge.from}/${edge.handle}`;
    bySource.set(source, [...(bySource.get(source) ?? []), edge]);
  }
  return doc.edges.flatMap((edge): LineEdge[] => {
    const id = edgeId(edge);
    const route = paths.get(id);
    const place = all.get(edge.from)?.handles.find((h) => h.handle.name === edge.handle);
    if (!route || !place) return [];
    const siblings = bySource.get(`${edge.from}/${edge.handle}`) ?? [];
    const plain = isPlain(place.handle);
    const number = counts?.nodes[edge.from]?.handles[edge.handle];
    const count = plain && siblings[0] === edge && number !== undefined ? String(number) : "";
    const together = siblings.length > 1 && siblings.at(-1) === edge;
    return [
      {
        id,
        type: "line",
        source: edge.from,
        sourceHandle: edge.handle,
        target: edge.to,
        selected: input.selectedEdges.has(id),
        focusable: false,
        data: { route, hoped: place.handle.hoped, together, count, hovered: input.hovered === id },
      },
    ];
  });
}
