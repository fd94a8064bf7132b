/** Nodes under the pointer: their places while they are dragged, and what is saved at the end. */

import { ViewportPortal, type NodeChange } from "@xyflow/react";
import { useCallback, useState } from "react";

import { onGrid, WIDTH } from "../model/size";
import type { JourneyDocument, Op, Point } from "../model/types";
import { shown, useEditor, useStore } from "./context";
import { at } from "./line";
import { NO_MOVES, placeOf, type Moving, type SceneNode } from "./scene";

/** React Flow's changes to the nodes: selection at once, places when they are let go. */
export function useDragging() {
  const store = useStore();
  const [moving, setMoving] = useState<Moving>(NO_MOVES);
  const onNodesChange = useCallback(
    (changes: NodeChange<SceneNode>[]) => {
      const chosen = new Set(store.get().selected);
      const moves = new Map<string, Point>();
      let [selects, dropped] = [false, false];
      for (const change of changes) {
        if (change.type === "select") {
          selects = true;
          if (change.selected) chosen.add(change.id);
          else chosen.delete(change.id);
        } else if (change.type === "position" && change.position) {
          moves.set(change.id, [change.position.x - WIDTH / 2, change.position.y]);
          if (!change.dragging) dropped = true;
        }
      }
      if (selects) store.select(chosen, store.get().selectedEdges);
      if (moves.size === 0) return;
      if (!dropped) return setMoving((before) => new Map([...before, ...moves]));
      setMoving(NO_MOVES);
      const ops = moveOps(store.get().document, moves);
      store.edit({ label: "move", ops, key: `move/${[...moves.keys()].join()}` });
    },
    [store],
  );
  return { moving, onNodesChange };
}

function moveOps(doc: JourneyDocument, moves: Moving): Op[] {
  const notes = doc.ui?.notes ?? [];
  return [...moves].flatMap(([id, [x, y]]): Op[] => {
    const position: Point = [onGrid(x), onGrid(y)];
    const note = notes.find((n) => n.id === id);
    if (note) return [{ op: "note.set", ...note, position }];
    const [px, py] = placeOf(doc, NO_MOVES, id);
    return px === position[0] && py === position[1] ? [] : [{ op: "node.move", id, position }];
  });
}

/** The old places of dragged nodes, and lines where a dragged node stands in line with others. */
export function DragHelp({ moving }: { moving: Moving }) {
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
