/** A note for people, anywhere on the canvas. It does nothing. */

import type { Node, NodeProps } from "@xyflow/react";
import { memo, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";

import { GRID, onGrid, WIDTH } from "../model/size";
import type { Note as NoteValue, Point } from "../model/types";
import { t } from "../words";
import { useFar } from "./far";

export interface NoteData extends Record<string, unknown> {
  note: NoteValue;
  editable: boolean;
  onChange: (note: NoteValue) => void;
}

export type NoteNode = Node<NoteData, "note">;

const LEAST: Point = [128, 48];
const MOST: Point = [800, 800];

export const Note = memo(function Note({ data, selected }: NodeProps<NoteNode>) {
  const { note } = data;
  const [draft, setDraft] = useState<string | null>(null);
  const [size, setSize] = useState<Point | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const far = useFar();
  const [width, height] = size ?? note.size ?? [WIDTH, undefined];
  const done = () => {
    if (draft !== null && draft !== note.text) data.onChange({ ...note, text: draft });
    setDraft(null);
  };
  const grown = (next: Point) => {
    setSize(null);
    const wider = next[0] - (note.size?.[0] ?? WIDTH); // its left edge stays where it is
    const position: Point = [note.position[0] + wider / 2, note.position[1]];
    if (String(next) !== String(note.size)) data.onChange({ ...note, position, size: next });
  };
  return (
    <div
      ref={frame}
      className="wj-note"
      data-color={note.color ?? 0}
      data-selected={selected || undefined}
      data-testid={`node-${note.id}`}
      style={{ width, height }}
    >
      {far ? null : (
        <textarea
          className={selected ? "nodrag nowheel" : ""}
          aria-label={t("arrange.note")}
          placeholder={t("arrange.note_hint")}
          readOnly={!data.editable || !selected}
          tabIndex={selected ? 0 : -1}
          value={draft ?? note.text}
          onChange={(event) => setDraft(event.target.value)}
          onBlur={done}
          rows={height ? undefined : Math.max(2, (draft ?? note.text).split("\n").length)}
        />
      )}
      {selected && data.editable ? <Corner frame={frame} onSize={setSize} onDone={grown} /> : null}
    </div>
  );
});

/** The corner that a note is drawn larger by; with the keyboard by arrows. */
function Corner(props: { frame: React.RefObject<HTMLDivElement | null>; onSize: (size: Point) => void; onDone: (size: Point) => void }) {
  const begin = useRef<{ x: number; y: number; size: Point; scale: number } | null>(null);
  const now = (): Point => [props.frame.current?.offsetWidth ?? WIDTH, props.frame.current?.offsetHeight ?? 64];
  const down = (event: PointerEvent) => {
    event.stopPropagation();
    event.currentTarget.setPointerCapture(event.pointerId);
    const size = now();
    const scale = (props.frame.current?.getBoundingClientRect().width ?? size[0]) / size[0];
    begin.current = { x: event.clientX, y: event.clientY, size, scale };
  };
  const to = (event: PointerEvent): Point | null => {
    const from = begin.current;
    if (!from) return null;
    return within([from.size[0] + (event.clientX - from.x) / from.scale, from.size[1] + (event.clientY - from.y) / from.scale]);
  };
  const key = (event: KeyboardEvent) => {
    const step = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const [width, height] = now();
    props.onDone(within([width + (step[0] ?? 0) * 2 * GRID, height + (step[1] ?? 0) * 2 * GRID]));
  };
  return (
    <button
      type="button"
      className="wj-note-corner nodrag nopan"
      aria-label={t("arrange.note_size")}
      title={t("arrange.note_size")}
      data-testid="note-corner"
      onPointerDown={down}
      onPointerMove={(event) => {
        const size = to(event);
        if (size) props.onSize(size);
      }}
      onPointerUp={(event) => {
        const size = to(event);
        begin.current = null;
        if (size) props.onDone(size);
      }}
      onKeyDown={key}
    />
  );
}

/** On the grid of 16, so that a note stays in the middle of its column, and of a size that can be read. */
function within([width, height]: Point): Point {
  const fit = (value: number, i: 0 | 1) => Math.min(MOST[i], Math.max(LEAST[i], value));
  return [2 * onGrid(fit(width, 0) / 2), onGrid(fit(height, 1))];
}
