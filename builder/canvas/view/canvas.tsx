/** The canvas: React Flow draws and drags; finished edits go to the store, and nowhere before. */

import {
  Background,
  BackgroundVariant,
  ConnectionLineType,
  ReactFlow,
  SelectionMode,
  useReactFlow,
  useStore as useFlow,
  type Connection,
  type EdgeChange,
  type FinalConnectionState,
} from "@xyflow/react";
import { useCallback, useMemo, useRef, type DragEvent, type ReactNode } from "react";

import { Card, Frame } from "../arrange/group_views";
import { HelpLines } from "../arrange/help_lines";
import { arranging } from "../arrange/state";
import { whyNot } from "../model/edits";
import { exits } from "../model/handles";
import { edgeId } from "../model/ops";
import { distanceTo } from "../model/routing";
import { GRID, onGrid, WIDTH } from "../model/size";
import type { Note } from "../model/types";
import { useAsking } from "./asking";
import { shown, useEditor, useSlice, useStore } from "./context";
import { useDragging } from "./dragging";
import { EmptyCanvas } from "./empty";
import { Far, FarLines, useIsFar } from "./far";
import { useFont } from "./font";
import { useHovered } from "./hovered";
import { Line, LinePlus, LineWords, type LineEdge } from "./line";
import { MapCard } from "./map_card";
import { Note as NoteView } from "./note";
import { LAYERS } from "./parts";
import { useScene, type SceneNode } from "./scene";
import { Step } from "./step";
import { useReveal, useStart } from "./viewport";
import { t } from "../words";
import { flowWords } from "../words/flow";

export const DRAG_TYPE = "application/wayline-node";
const NODE_TYPES = { step: Step, note: NoteView, frame: Frame, card: Card };
const EDGE_TYPES = { line: Line };
const NO_PROBLEMS: never[] = [];
const ORIGIN: [number, number] = [0.5, 0];
const SNAP: [number, number] = [GRID, GRID];
const MULTI = ["Shift", "Meta", "Control"];
const MANY = 300; // from so many nodes on only those in sight are drawn

/** On a phone it is to be looked at: a finger moves the view wherever it is put, and a tap opens a node. */
export function Canvas({ dark, phone = false }: { dark: boolean; phone?: boolean }) {
  const frame = useRef<HTMLDivElement>(null);
  const doc = useEditor(shown);
  const types = useEditor((s) => s.types);
  const editable = useEditor((s) => s.mode === "draft" && s.canEdit) && !phone;
  const { moving, lines, old, onNodesChange } = useDragging();
  const far = useIsFar();
  const line = useHovered();
  const ask = useAsking();
  const scene = useScene({
    doc,
    types,
    editable,
    moving,
    far,
    problems: useEditor((s) => (s.mode === "draft" ? s.problems : NO_PROBLEMS)),
    counts: useEditor((s) => (s.journey.live && s.mode !== "past" ? s.counts : null)),
    selected: useEditor((s) => s.selected),
    selectedEdges: useEditor((s) => s.selectedEdges),
    hovered: line.hovered,
    font: useFont(),
    actions: useActions(ask.after),
  });
  useReveal(scene.shapes);
  const start = useStart(scene.nodes, frame);
  const route = line.hovered && editable ? scene.paths.get(line.hovered) : undefined;
  const edge = route && doc.edges.find((e) => edgeId(e) === line.hovered);

  return (
    <Surface frame={frame} paths={scene.paths} ask={ask}>
      <ReactFlow<SceneNode, LineEdge>
        aria-label={t("editor.canvas")}
        ariaLabelConfig={flowWords()}
        nodes={scene.nodes}
        edges={scene.edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        colorMode={dark ? "dark" : "light"}
        nodeOrigin={ORIGIN}
        onNodesChange={onNodesChange}
        {...useWiring(ask.after)}
        onEdgeMouseEnter={line.enter}
        onEdgeMouseLeave={line.leave}
        onInit={start}
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
        minZoom={0.02}
        maxZoom={2}
        onlyRenderVisibleElements={scene.nodes.length > MANY}
        nodeDragThreshold={3}
      >
        {far ? null : <Background variant={BackgroundVariant.Dots} gap={16} size={1.5} color="var(--wl-dots)" />}
        {far ? <FarLines lines={scene.together} /> : <LineWords lines={scene.edges} />}
        <HelpLines lines={lines} old={old} />
        {route && edge ? (
          <LinePlus
            route={route}
            onAdd={(at) => ask.between(edge, below(at))}
            onStay={line.stay}
            onLeave={line.leave}
          />
        ) : null}
        {LAYERS.map((Layer, i) => (
          <Layer key={i} />
        ))}
        <MapCard nodes={scene.still} />
      </ReactFlow>
      {doc.nodes.length === 0 ? <EmptyCanvas /> : null}
    </Surface>
  );
}

type After = ReturnType<typeof useAsking>["after"];

/** What the nodes can ask for by themselves. */
function useActions(after: After) {
  const store = useStore();
  return useMemo(
    () => ({
      onPort: (node: string, handle: string, at: HTMLElement) => after(node, handle, below(at)),
      onCopy: (node: string) => {
        store.select([node]);
        store.duplicate();
      },
      onDelete: (node: string) => {
        store.select([node]);
        store.removeSelection();
      },
      onNote: (note: Note) => store.edit({ label: t("arrange.did_note"), ops: [{ op: "note.set", ...note }] }),
    }),
    [store, after],
  );
}

function below(element: HTMLElement) {
  const { left, bottom } = element.getBoundingClientRect();
  return { x: left, y: bottom };
}

/** Drawing, choosing and refusing lines. */
function useWiring(after: After) {
  const store = useStore();
  const flow = useReactFlow();
  const onConnect = useCallback(
    ({ source: from, sourceHandle: handle, target: to }: Connection) => {
      if (handle) store.connect({ from, handle, to });
    },
    [store],
  );
  const isValidConnection = useCallback(
    ({ source: from, sourceHandle, target: to }: { source: string; sourceHandle?: string | null; target: string }) => {
      const { document, types } = store.get();
      return whyNot(document, { from, handle: sourceHandle ?? "", to }, types) === null;
    },
    [store],
  );
  const onConnectEnd = useCallback(
    (event: MouseEvent | TouchEvent, link: FinalConnectionState) => {
      const spot = "changedTouches" in event ? event.changedTouches[0] : event;
      if (link.toNode || !link.fromNode || !link.fromHandle?.id || !link.from || !spot) return;
      const end = { x: spot.clientX, y: spot.clientY };
      const start = flow.flowToScreenPosition(link.from);
      if (Math.hypot(end.x - start.x, end.y - start.y) < 24) return; // a click, not a drag
      const { x, y } = flow.screenToFlowPosition(end);
      after(link.fromNode.id, link.fromHandle.id, end, [onGrid(x - WIDTH / 2), onGrid(y)]);
    },
    [flow, after],
  );
  const onEdgesChange = useCallback(
    (changes: EdgeChange<LineEdge>[]) => {
      const chosen = new Set(store.get().selectedEdges);
      for (const change of changes) {
        if (change.type !== "select") continue;
        if (change.selected) chosen.add(change.id);
        else chosen.delete(change.id);
      }
      store.select(store.get().selected, chosen);
    },
    [store],
  );
  const onPaneClick = useCallback(() => store.select([]), [store]);
  return { onConnect, isValidConnection, onConnectEnd, onEdgesChange, onPaneClick };
}

interface SurfaceProps {
  frame: React.RefObject<HTMLDivElement | null>;
  paths: ReturnType<typeof useScene>["paths"];
  ask: ReturnType<typeof useAsking>;
  children: ReactNode;
}

/** What is under React Flow: node types from the palette are dropped here, onto a line or beside. */
function Surface({ frame, paths, ask, children }: SurfaceProps) {
  const store = useStore();
  const flow = useReactFlow();
  const gliding = useSlice(arranging(store).slice, (s) => s.gliding);
  const zoom = useFlow((s) => (s.transform[2] < 0.3 ? "far" : s.transform[2] < 0.6 ? "middle" : "near"));
  const onDragOver = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes(DRAG_TYPE)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  };
  const onDrop = (event: DragEvent) => {
    const { document, types } = store.get();
    const type = types.get(event.dataTransfer.getData(DRAG_TYPE));
    if (!type || !store.editable) return;
    event.preventDefault();
    const { x, y } = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    const between = type.category !== "trigger" && exits(type, {}).length > 0;
    const on = document.edges.find((edge) => {
      const route = between ? paths.get(edgeId(edge)) : undefined;
      return route && distanceTo(route, [x, y]) < 16;
    });
    store.add(type, on ? { on } : { at: [x - WIDTH / 2, y - 32] });
  };
  const onDoubleClick = (event: MouseEvent) => {
    if (!(event.target instanceof Element) || !event.target.matches(".react-flow__pane")) return;
    const { x, y } = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    ask.here([onGrid(x - WIDTH / 2), onGrid(y)], { x: event.clientX, y: event.clientY });
  };
  return (
    <div
      className="wj-canvas"
      ref={frame}
      data-zoom={zoom}
      data-gliding={gliding || undefined}
      data-testid="canvas"
      onDragOver={onDragOver}
      onDrop={onDrop}
      onDoubleClick={(event) => onDoubleClick(event.nativeEvent)}
    >
      <Far.Provider value={zoom === "far"}>{children}</Far.Provider>
    </div>
  );
}
