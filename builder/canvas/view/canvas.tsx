/** The canvas: React Flow draws and drags; finished edits go to the store, and nowhere before. */

import {
  Background, BackgroundVariant, ConnectionLineType, ReactFlow, SelectionMode, ViewportPortal,
  useReactFlow, useStore as useFlow, type Connection, type EdgeChange, type FinalConnectionState,
  type NodeChange,
} from "@xyflow/react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import { exits } from "../model/handles";
import { whyNot } from "../model/edits";
import { edgeId } from "../model/ops";
import { distanceTo } from "../model/routing";
import { GRID, WIDTH } from "../model/size";
import type { JourneyEdge, NodeType, Op, Point } from "../model/types";
import { setMeasure } from "../state/geometry";
import { shown, useEditor, useStore } from "./context";
import { EmptyCanvas } from "./empty";
import { Line, LinePlus, LineWords, at } from "./line";
import { MapCard } from "./map_card";
import { Note } from "./note";
import { QuickAdd, type Asking } from "./quick_add";
import { placeOf, useScene, type Moving, type SceneNode } from "./scene";
import { Step } from "./step";
import { startView, useReveal } from "./viewport";

export const DRAG_TYPE = "application/wayline-node";
const NODE_TYPES = { step: Step, note: Note };
const EDGE_TYPES = { line: Line };
const NO_MOVES: Moving = new Map();

export function Canvas({ dark }: { dark: boolean }) {
  const store = useStore();
  const flow = useReactFlow();
  const frame = useRef<HTMLDivElement>(null);
  const doc = useEditor(shown);
  const types = useEditor((s) => s.types);
  const editable = useEditor((s) => s.mode === "draft" && s.canEdit);
  const problems = useEditor((s) => (s.mode === "draft" ? s.problems : NO_PROBLEMS));
  const counts = useEditor((s) => (s.journey.live ? s.counts : null));
  const selected = useEditor((s) => s.selected);
  const selectedEdges = useEditor((s) => s.selectedEdges);
  const [moving, setMoving] = useState<Moving>(NO_MOVES);
  const [hovered, setHovered] = useState<string | null>(null);
  const [asking, setAsking] = useState<Asking | null>(null);
  const font = useFont();
  const leaving = useRef<ReturnType<typeof setTimeout>>(undefined);

  const ask = useCallback(
    (node: string, handle: string | null, spot: { x: number; y: number }, at?: Point) => {
      const state = store.get();
      if (!store.editable) return;
      const box = frame.current?.getBoundingClientRect();
      const x = Math.min(spot.x - (box?.left ?? 0), (box?.width ?? 0) - 272);
      const y = Math.min(spot.y - (box?.top ?? 0) + 8, (box?.height ?? 0) - 336);
      const targets = state.document.nodes.map((n) => n.id).filter((id) =>
        handle !== null && whyNot(state.document, { from: node, handle, to: id }, state.types) === null);
      setAsking({
        x: Math.max(8, x), y: Math.max(8, y), title: "What happens next?", beginning: false, targets,
        choose: (type) => {
          setAsking(null);
          store.add(type, { after: node, ...(handle ? { by: handle } : {}) });
          const id = [...store.get().selected][0];
          if (at && id) store.edit({ label: "move", ops: [{ op: "node.move", id, position: at }] });
        },
        connect: (to) => {
          setAsking(null);
          if (handle) store.connect({ from: node, handle, to });
        },
      });
    },
    [store],
  );

  const actions = useMemo(
    () => ({
      onPort: (node: string, handle: string, at: HTMLElement) => {
        const box = at.getBoundingClientRect();
        ask(node, handle, { x: box.left, y: box.bottom });
      },
      onCopy: (node: string) => {
        store.select([node]);
        store.duplicate();
      },
      onDelete: (node: string) => {
        store.select([node]);
        store.removeSelection();
      },
      onNote: (note: { id: string; position: Point }, text: string) =>
        store.edit({ label: "change a note", ops: [{ op: "note.set", id: note.id, text, position: note.position }] }),
    }),
    [store, ask],
  );

  const scene = useScene({
    doc, types, problems, counts, selected, selectedEdges, moving, hovered, editable, font, actions,
  });
  useReveal(scene.shapes);

  const onNodesChange = useCallback(
    (changes: NodeChange<SceneNode>[]) => {
      const next = new Set(store.get().selected);
      let chosen = false;
      const moves = new Map<string, Point>();
      let dropped = false;
      for (const change of changes) {
        if (change.type === "select") {
          chosen = true;
          if (change.selected) next.add(change.id);
          else next.delete(change.id);
        } else if (change.type === "position" && change.position) {
          moves.set(change.id, [change.position.x - WIDTH / 2, change.position.y]);
          if (!change.dragging) dropped = true;
        }
      }
      if (chosen) store.select(next, store.get().selectedEdges);
      if (moves.size === 0) return;
      if (!dropped) return setMoving((before) => new Map([...before, ...moves]));
      setMoving(NO_MOVES);
      const ops = moveOps(store.get().document, moves);
      store.edit({ label: "move", ops, key: `move/${[...moves.keys()].join()}` });
    },
    [store],
  );

  const onEdgesChange = useCallback(
    (changes: EdgeChange[]) => {
      const next = new Set(store.get().selectedEdges);
      for (const change of changes) {
        if (change.type !== "select") continue;
        if (change.selected) next.add(change.id);
        else next.delete(change.id);
      }
      store.select(store.get().selected, next);
    },
    [store],
  );

  const onConnect = useCallback(
    (link: Connection) => {
      if (link.sourceHandle) store.connect({ from: link.source, handle: link.sourceHandle, to: link.target });
    },
    [store],
  );

  const onConnectEnd = useCallback(
    (event: MouseEvent | TouchEvent, link: FinalConnectionState) => {
      const spot = "changedTouches" in event ? event.changedTouches[0] : event;
      if (link.toNode || !link.fromNode || !link.fromHandle?.id || !spot) return;
      const origin = { x: spot.clientX, y: spot.clientY };
      const start = flow.flowToScreenPosition({ x: link.from?.x ?? 0, y: link.from?.y ?? 0 });
      if (Math.hypot(origin.x - start.x, origin.y - start.y) < 24) return; // a click, not a drag
      const place = flow.screenToFlowPosition(origin);
      ask(link.fromNode.id, link.fromHandle.id, origin, [snap(place.x - WIDTH / 2), snap(place.y)]);
    },
    [ask, flow],
  );

  const onDrop = (event: React.DragEvent) => {
    const type = types.get(event.dataTransfer.getData(DRAG_TYPE));
    if (!type || !editable) return;
    event.preventDefault();
    const { x, y } = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    const on = type.category === "trigger" || !exits(type, {}).length ? undefined : doc.edges.find((edge) => {
      const route = scene.paths.get(edgeId(edge));
      return route && distanceTo(route, [x, y]) < 16;
    });
    store.add(type, on ? { on } : { at: [x - WIDTH / 2, y - 32] });
  };

  const addOn = (edge: JourneyEdge, at: HTMLElement) => {
    const box = at.getBoundingClientRect();
    ask(edge.from, null, { x: box.left, y: box.bottom });
    setAsking((now) => now && { ...now, choose: (type: NodeType) => {
      setAsking(null);
      store.add(type, { on: edge });
    } });
  };

  const stay = () => clearTimeout(leaving.current);
  const leave = () => {
    stay();
    leaving.current = setTimeout(() => setHovered(null), 240);
  };
  const plus = hovered && editable ? scene.paths.get(hovered) : undefined;
  const over = doc.edges.find((e) => edgeId(e) === hovered);
  const zoom = useFlow((s) => (s.transform[2] < 0.3 ? "far" : s.transform[2] < 0.6 ? "middle" : "near"));

  return (
    <div
      className="wj-canvas"
      ref={frame}
      data-zoom={zoom}
      data-testid="canvas"
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes(DRAG_TYPE)) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = "copy";
      }}
      onDrop={onDrop}
    >
      <ReactFlow<SceneNode, (typeof scene.edges)[number]>
        aria-label="Canvas"
        nodes={scene.nodes}
        edges={scene.edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        colorMode={dark ? "dark" : "light"}
        nodeOrigin={ORIGIN}
        onNodesChange={onNodesChange}
        onEdgesChange={onEdgesChange}
        onConnect={onConnect}
        onConnectEnd={onConnectEnd}
        isValidConnection={(link) =>
          whyNot(doc, { from: link.source, handle: link.sourceHandle ?? "", to: link.target }, types) === null
        }
        onEdgeMouseEnter={(_, edge) => {
          stay();
          setHovered(edge.id);
        }}
        onEdgeMouseLeave={leave}
        onPaneClick={() => store.select([])}
        onInit={() => startView(flow, scene.nodes, frame.current)}
        connectionLineType={ConnectionLineType.SmoothStep}
        connectionRadius={36}
        connectOnClick={false}
        nodesConnectable={editable}
        edgesFocusable={false}
        selectionMode={SelectionMode.Partial}
        multiSelectionKeyCode={MULTI}
        deleteKeyCode={null}
        snapToGrid
        snapGrid={SNAP}
        panOnScroll
        zoomOnScroll={false}
        zoomOnDoubleClick={false}
        minZoom={0.05}
        maxZoom={2}
        onlyRenderVisibleElements={scene.nodes.length > 300}
        nodeDragThreshold={3}
      >
        <Background variant={BackgroundVariant.Dots} gap={16} size={1.5} color="var(--wl-dots)" />
        <LineWords lines={scene.edges} />
        <DragHelp moving={moving} />
        {plus && over ? (
          <LinePlus route={plus} onAdd={(at) => addOn(over, at)} onStay={stay} onLeave={leave} />
        ) : null}
        <MapCard />
      </ReactFlow>
      {doc.nodes.length === 0 ? <EmptyCanvas /> : null}
      {asking ? <QuickAdd ask={asking} types={types} doc={doc} onClose={() => setAsking(null)} /> : null}
    </div>
  );
}

const NO_PROBLEMS: never[] = [];
const ORIGIN: [number, number] = [0.5, 0];
const SNAP: [number, number] = [GRID, GRID];
const MULTI = ["Shift", "Meta", "Control"];

function snap(value: number): number {
  return Math.round(value / GRID) * GRID;
}

function moveOps(doc: ReturnType<typeof shown>, moves: Moving): Op[] {
  const notes = doc.ui?.notes ?? [];
  return [...moves].flatMap(([id, [x, y]]): Op[] => {
    const position: Point = [snap(x), snap(y)];
    const note = notes.find((n) => n.id === id);
    if (note) return [{ op: "note.set", ...note, position }];
    const [px, py] = placeOf(doc, NO_MOVES, id);
    return px === position[0] && py === position[1] ? [] : [{ op: "node.move", id, position }];
  });
}

/** The old places of dragged nodes, and lines where a dragged node stands in line with others. */
function DragHelp({ moving }: { moving: Moving }) {
  const doc = useEditor(shown);
  if (moving.size === 0) return null;
  const still = doc.nodes.filter((n) => !moving.has(n.id)).map((n) => placeOf(doc, NO_MOVES, n.id));
  const [first] = [...moving.values()];
  const one = moving.size === 1 && first ? first : null;
  const x = one && still.some((p) => p[0] === one[0]) ? one[0] + WIDTH / 2 : null;
  const y = one && still.some((p) => p[1] === one[1]) ? one[1] : null;
  return (
    <ViewportPortal>
      {[...moving.keys()].map((id) => {
        const [left, top] = placeOf(doc, NO_MOVES, id);
        return <div key={id} className="wj-old-place" style={at(left, top)} />;
      })}
      {x === null ? null : <div className="wj-helper" data-along="y" style={at(x, -5_000)} />}
      {y === null ? null : <div className="wj-helper" data-along="x" style={at(-5_000, y)} />}
    </ViewportPortal>
  );
}

/** Measures labels with the page's font, once it is there. */
function useFont(): number {
  const [ready, setReady] = useState(0);
  useEffect(() => {
    let wanted = true;
    const context = document.createElement("canvas").getContext("2d");
    document.fonts.load("500 12px Inter").then(() => {
      if (!wanted || !context) return;
      const family = getComputedStyle(document.body).fontFamily || "sans-serif";
      setMeasure((text) => {
        context.font = `500 12px Inter, ${family}`;
        return context.measureText(text).width;
      });
      setReady(1);
    });
    return () => {
      wanted = false;
    };
  }, []);
  return ready;
}
