/** Turns the document into React Flow's nodes and edges; what has not changed stays the same. */

import { Position, type NodeHandle } from "@xyflow/react";
import { startTransition, useEffect, useMemo, useRef, useState } from "react";

import { cardPlace, folded, type Drawn, type Folded } from "../arrange/folding";
import { groupNodes, type GroupNode } from "../arrange/group_nodes";
import { arranging } from "../arrange/state";
import { isPlain } from "../model/handles";
import { tally } from "../model/problems";
import type { Route } from "../model/routing";
import { WIDTH, type Shape } from "../model/size";
import { same, type Counts, type JourneyDocument, type JourneyNode, type Note, type Point, type Problem, type Types } from "../model/types";
import { decor } from "../state/decor";
import { cardShape, Moved, routed, shapes } from "../state/geometry";
import { t } from "../words";
import { useSlice, useStore } from "./context";
import type { LineEdge } from "./line";
import type { NoteNode } from "./note";
import { useSaid } from "./said";
import { accessibleName, type StepData, type StepNode } from "./step";

export type SceneNode = StepNode | NoteNode | GroupNode;
export type Moving = ReadonlyMap<string, Point>;
type Paths = ReadonlyMap<string, Route>;

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
  /** From afar lines are drawn together, but for those that something is said about. */
  far: boolean;
  /** Changes when the font is there and texts can be measured. */
  font: number;
  actions: Pick<StepData, "onPort" | "onCopy" | "onDelete"> & { onNote: (note: Note) => void };
}

export const NO_MOVES: Moving = new Map();
const NO_GROUPS: GroupNode[] = [];
const NOTHING: ReadonlyMap<string, Route> = new Map();

export function placeOf(doc: JourneyDocument, moving: Moving, id: string): Point {
  return moving.get(id) ?? doc.ui?.positions?.[id] ?? [0, 0];
}

export function useScene(input: SceneInput) {
  const { doc, types, counts, moving, font } = input;
  const feature = arranging(useStore());
  const open = useSlice(feature.slice, (s) => s.open);
  const fold = useFolded(doc, types, open);
  const all = useSteady(
    useMemo(() => {
      const found = shapes(doc, types, counts ?? undefined);
      for (const { group, handles } of fold.cards) found.set(group.id, cardShape(handles));
      return found;
    }, [doc, types, counts, font, fold.cards]),
  );
  const { routes, moved } = useRoutes(doc, fold, all, moving);
  const paths = useMemo(() => (moved.size ? new Map([...routes, ...moved]) : routes), [routes, moved]);
  const steps = useSaid(useSteps(input, fold, all));
  const notes = useMemo(
    () => (doc.ui?.notes ?? []).map((note): NoteNode => noteNode(note, input)),
    [doc.ui?.notes, input.selected, input.editable, input.actions],
  );
  const groups = useMemo(
    () => groupNodes(fold, all, input, (id) => placeOf(doc, moving, id), (id) => placeOf(doc, NO_MOVES, id)),
    [fold, all, doc.ui?.positions, input.problems, counts, moving.size ? moving : null, input.selected, input.editable],
  );
  feature.anchors = groups.anchors;
  const nodes = useMemo(() => {
    const own: SceneNode[] = [...groups.nodes, ...notes, ...steps];
    if (moving.size === 0) return own;
    return own.map((node): SceneNode => {
      const place = moving.get(node.id);
      return place ? { ...node, position: { x: place[0] + WIDTH / 2, y: place[1] } } : node;
    });
  }, [groups, notes, steps, moving]);
  const lines = useLines(input, fold, routes, moved, all);
  const quiet = moving.size === 0 ? groups.nodes : NO_GROUPS;
  const still = useMemo((): SceneNode[] => [...quiet, ...notes, ...steps], [quiet, notes, steps]);
  return { nodes, still, ...lines, paths, shapes: all };
}

/** What is drawn; its lines stay the same while only texts change. */
function useFolded(doc: JourneyDocument, types: Types, open: ReadonlySet<string>): Folded {
  const last = useRef<readonly Drawn[]>([]);
  return useMemo(() => {
    const fold = folded(doc, types, open);
    const known = last.current;
    const as = (a: Drawn, b: Drawn | undefined) =>
      a.id === b?.id && a.from === b.from && a.handle === b.handle && a.to === b.to;
    const steady = known.length === fold.edges.length && fold.edges.every((e, i) => as(e, known[i]));
    if (!steady) last.current = fold.edges;
    return { ...fold, edges: last.current };
  }, [doc.nodes, doc.edges, doc.ui?.groups, types, open]);
}

/**
 * Routes of all lines, and of those that follow what is being moved. Where only a few nodes have new
 * places, their lines are found at once and all others when nothing moves any more: an undo, or many
 * one after the other, do not wait for them.
 */
function useRoutes(doc: JourneyDocument, fold: Folded, all: Map<string, Shape>, moving: Moving) {
  const cards = fold.cards;
  const drawn = useMemo(() => [...fold.nodes, ...cards.map((c) => c.group)], [fold.nodes, cards]);
  const { base, moves } = useSettled(doc, moving);
  const places = (ahead: Moving) => {
    const place = (id: string): Point => ahead.get(id) ?? base?.[id] ?? [0, 0];
    const folds = new Map(cards.map((c) => [c.group.id, c.group]));
    return (id: string): Point => {
      const group = folds.get(id);
      return group ? cardPlace(group, place) : place(id);
    };
  };
  const ids = drawn.map((n) => n.id).join(" ");
  const known = useRef<Paths>(NOTHING);
  // A new text in a node moves no line: routes are found again only when something has moved.
  const still = useMemo(() => {
    const found = routed({ nodes: drawn, edges: fold.edges }, all, places(NO_MOVES));
    for (const [id, route] of found) {
      const before = known.current.get(id);
      if (before?.path === route.path) found.set(id, before);
    }
    known.current = found;
    return found as Paths;
  }, [fold.edges, ids, base, all]);
  const going = [...moves.keys()].join(" ");
  const router = useMemo(() => {
    if (!going) return null;
    const carriers = cards.filter((c) => c.group.nodes.some((n) => moves.has(n)));
    const movers = new Set([...moves.keys(), ...carriers.map((c) => c.group.id)]);
    return new Moved({ nodes: drawn, edges: fold.edges }, all, places(NO_MOVES), still, movers);
  }, [going, still, all]);
  const moved = useMemo(() => router?.routes(places(moves)) ?? NOTHING, [router, moves]);
  return { routes: still, moved };
}

const SETTLED = 150; // milliseconds without another move until all lines are found again

/** The places by which all lines are routed, and those of nodes that are elsewhere by now. */
function useSettled(doc: JourneyDocument, moving: Moving) {
  const now = doc.ui?.positions;
  const [late, setLate] = useState(now);
  useEffect(() => {
    if (late === now) return;
    const timer = setTimeout(() => startTransition(() => setLate(now)), SETTLED);
    return () => clearTimeout(timer);
  }, [late, now]);
  const behind = useMemo((): Moving | null => {
    if (late === now) return NO_MOVES;
    const changed = doc.nodes.filter(({ id }) => late?.[id] !== now?.[id]);
    if (changed.length * 4 > doc.nodes.length) return null; // nearly all: then rather all at once
    return new Map(changed.map(({ id }) => [id, now?.[id] ?? [0, 0]] as const));
  }, [late, now, doc.nodes]);
  const base = behind ? late : now;
  const moves = useMemo(() => (behind?.size ? new Map([...behind, ...moving]) : moving), [behind, moving]);
  return { base, moves };
}

/** The same map as before when no shape differs. */
function useSteady(all: Map<string, Shape>): Map<string, Shape> {
  const before = useRef(all);
  const steady = before.current.size === all.size && [...all].every(([id, s]) => same(before.current.get(id), s));
  if (!steady) before.current = all;
  return before.current;
}

/** The nodes where they stand while nothing moves. */
function useSteps(input: SceneInput, fold: Folded, all: Map<string, Shape>): StepNode[] {
  const { doc, problems } = input;
  const known = useRef(new Map<string, StepNode>());
  const used = useMemo(() => {
    const found = new Map<string, Set<string>>();
    for (const { from, handle } of doc.edges) found.set(from, (found.get(from) ?? new Set()).add(handle));
    return new Map([...found].map(([id, handles]) => [id, [...handles].join("\n")]));
  }, [doc.edges]);
  const tallies = useMemo(() => {
    const found = new Map<string, Problem[]>();
    for (const problem of problems) {
      if (problem.node !== null) found.set(problem.node, [...(found.get(problem.node) ?? []), problem]);
    }
    return new Map([...found].map(([id, own]) => [id, tally(own)]));
  }, [problems]);
  return useMemo(() => {
    const next = new Map<string, StepNode>();
    for (const node of fold.nodes) {
      const shape = all.get(node.id);
      if (!shape) continue;
      const data = dataOf(node, input, shape, used.get(node.id) ?? "", tallies.get(node.id) ?? NO_PROBLEMS);
      next.set(node.id, step(data, input, known.current.get(node.id)));
    }
    known.current = next;
    return [...next.values()];
  }, [doc, fold.nodes, input.types, all, used, tallies, input.counts, input.selected, input.editable, input.actions]);
}

const NO_PROBLEMS = { errors: 0, warnings: 0 };

function dataOf(
  node: JourneyNode,
  { types, counts, editable, actions }: SceneInput,
  shape: Shape,
  used: string,
  { errors, warnings }: { errors: number; warnings: number },
): StepData {
  const numbers = counts?.nodes[node.id];
  return {
    node,
    type: types.get(node.type),
    shape,
    used,
    errors,
    warnings,
    came: numbers?.in ?? null,
    waiting: numbers?.waiting ?? 0,
    left: numbers?.handles ?? null,
    editable,
    onPort: actions.onPort,
    onCopy: actions.onCopy,
    onDelete: actions.onDelete,
  };
}

/** What React Flow gets of a node. Its words and handles are made anew only when what it says has
 * changed: of five hundred nodes an edit touches one. */
function step(data: StepData, { doc, selected, editable }: SceneInput, before: StepNode | undefined): StepNode {
  const { shape, node } = data;
  const [left, y] = placeOf(doc, NO_MOVES, node.id);
  const x = left + WIDTH / 2;
  const chosen = selected.has(node.id);
  if (before && alike(before.data, data)) {
    const { position } = before;
    if (position.x === x && position.y === y && before.selected === chosen) return before;
    return { ...before, position: { x, y }, selected: chosen };
  }
  return {
    id: node.id,
    type: "step",
    position: { x, y },
    width: shape.width,
    height: shape.height,
    measured: { width: shape.width, height: shape.height },
    handles: portsOf(shape, data.type?.category !== "trigger"),
    selected: chosen,
    draggable: editable,
    ariaLabel: accessibleName(data),
    data,
  };
}

/** Where React Flow finds the handles: as they are drawn, without measuring the page. */
export function portsOf(shape: Shape, entry: boolean): NodeHandle[] {
  const out = shape.handles.map(({ handle, x, y, width, side }): NodeHandle => {
    const position = side === "right" ? Position.Right : Position.Bottom;
    return { id: handle.name, type: "source", position, x: x - width / 2, y: y - 10, width, height: 20 };
  });
  const top: NodeHandle = { type: "target", position: Position.Top, x: shape.width / 2 - 8, y: -4, width: 16, height: 8 };
  return entry ? [...out, top] : out;
}

function alike(a: StepData, b: StepData): boolean {
  for (const key in b) {
    const [one, two] = [a[key as keyof StepData], b[key as keyof StepData]];
    if (one === two) continue;
    if ((key !== "shape" && key !== "left") || !same(one, two)) return false;
  }
  return true;
}

function noteNode(note: Note, input: SceneInput): NoteNode {
  const [x, y] = note.position;
  const width = note.size?.[0] ?? WIDTH;
  const height = note.size?.[1] ?? 18 + 16 * Math.max(2, note.text.split("\n").length);
  return {
    id: note.id,
    type: "note",
    position: { x: x + WIDTH / 2, y },
    width,
    measured: { width, height }, // without it React Flow forgets the note's middle in a drag
    selected: input.selected.has(note.id),
    draggable: input.editable,
    ariaLabel: t("arrange.note_says", { text: note.text }),
    zIndex: -1,
    data: { note, editable: input.editable, onChange: input.actions.onNote },
  };
}

/** Lines for React Flow, and from afar those that are drawn together. */
function useLines(input: SceneInput, fold: Folded, still: Paths, moved: Paths, all: Map<string, Shape>) {
  const { counts, selectedEdges, hovered } = input;
  const known = useRef(new Map<string, LineEdge>());
  const own = useMemo(() => {
    const next = new Map<string, LineEdge>();
    for (const line of lines(fold.edges, still, all, counts, selectedEdges, hovered)) {
      const before = known.current.get(line.id);
      const steady = before && before.selected === line.selected && before.target === line.target &&
        before.source === line.source && shallow(before.data, line.data);
      const named = () => ({ ...line, ariaLabel: t("editor.line", { from: line.source, to: line.target }) });
      next.set(line.id, steady ? before : named());
    }
    known.current = next;
    return next;
  }, [fold.edges, still, all, counts, selectedEdges, hovered]);
  const follows = [...moved.keys()].join();
  const layers = useSlice(decor(useStore()).slice, (s) => s.layers);
  const { near, together } = useMemo(() => {
    if (!input.far) return { near: [...own.values()], together: [] };
    const told = (id: string) => [...layers.values()].some((layer) => layer.lines?.has(id));
    const alone = (line: LineEdge) => line.selected || line.data?.hovered || moved.has(line.id) || told(line.id);
    const every = [...own.values()];
    return { near: every.filter(alone), together: every.filter((line) => !alone(line)) };
  }, [own, input.far, layers, follows]);
  const edges = useMemo(() => {
    if (moved.size === 0) return near;
    return near.map((line): LineEdge => {
      const route = moved.get(line.id);
      return route && line.data ? { ...line, data: { ...line.data, route } } : line;
    });
  }, [near, moved]);
  return { edges, together };
}

function shallow(a: object | undefined, b: object | undefined): boolean {
  return a !== undefined && b !== undefined && Object.entries(b).every(([key, value]) => Object.is((a as Record<string, unknown>)[key], value));
}

function lines(
  drawn: readonly Drawn[],
  paths: Paths,
  all: Map<string, Shape>,
  counts: Counts | null,
  selected: ReadonlySet<string>,
  hovered: string | null,
): LineEdge[] {
  const bySource = new Map<string, Drawn[]>();
  for (const edge of drawn) {
    const source = `${edge.from}/${edge.handle}`;
    const others = bySource.get(source);
    if (others) others.push(edge);
    else bySource.set(source, [edge]);
  }
  return drawn.flatMap((edge): LineEdge[] => {
    const { id } = edge;
    const route = paths.get(id);
    const place = all.get(edge.from)?.handles.find((h) => h.handle.name === edge.handle);
    if (!route || !place) return [];
    const siblings = bySource.get(`${edge.from}/${edge.handle}`) ?? [];
    const number = counts?.nodes[edge.edge.from]?.handles[edge.edge.handle];
    const count = isPlain(place.handle) && siblings[0] === edge && number !== undefined ? String(number) : "";
    const together = siblings.length > 1 && siblings.at(-1) === edge;
    return [
      {
        id,
        type: "line",
        source: edge.from,
        sourceHandle: edge.handle,
        target: edge.to,
        selected: selected.has(id),
        focusable: false,
        data: { route, hoped: place.handle.hoped, together, count, hovered: hovered === id },
      },
    ];
  });
}
