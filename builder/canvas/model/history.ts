/** Undo and redo: what was done, and what takes it back. */

import { applyOps, applyWhatFits, inverse } from "./ops";
import type { JourneyDocument, Op } from "./types";

export interface Entry {
  /** What was done, in words, for the tooltip of undo. */
  label: string;
  ops: Op[];
  back: Op[];
  /** Edits with the same key that follow each other closely are one step (typing in one field). */
  key?: string;
  at: number;
}

export interface History {
  done: readonly Entry[];
  undone: readonly Entry[];
}

export const EMPTY: History = { done: [], undone: [] };
const MOST = 200;
const CLOSE = 2_000; // milliseconds between keystrokes that belong together

export interface Edit {
  label: string;
  ops: Op[];
  key?: string;
}

/** Does an edit: the new document and the history that remembers it. */
export function record(
  document: JourneyDocument,
  history: History,
  edit: Edit,
  now: number,
): { document: JourneyDocument; history: History } {
  const entry: Entry = { ...edit, back: inverse(document, edit.ops), at: now };
  const last = history.done.at(-1);
  const joins = last && edit.key && last.key === edit.key && now - last.at < CLOSE;
  const done = joins
    ? [...history.done.slice(0, -1), joined(last, entry)]
    : [...history.done, entry].slice(-MOST);
  return { document: applyOps(document, edit.ops), history: { done, undone: [] } };
}

/** Takes the last edit back; null when there is none. `ops` is what has to be saved. */
export function undo(document: JourneyDocument, history: History) {
  const last = history.done.at(-1);
  if (!last) return null;
  const { document: next, kept } = applyWhatFits(document, last.back);
  const done = history.done.slice(0, -1);
  return { document: next, ops: kept, history: { done, undone: [...history.undone, last] } };
}

/** Does the edit again that was taken back last. */
export function redo(document: JourneyDocument, history: History) {
  const last = history.undone.at(-1);
  if (!last) return null;
  const { document: next, kept } = applyWhatFits(document, last.ops);
  const undone = history.undone.slice(0, -1);
  return { document: next, ops: kept, history: { done: [...history.done, last], undone } };
}

function joined(first: Entry, second: Entry): Entry {
  return {
    ...second,
    label: first.label,
    ops: [...first.ops, ...second.ops],
    back: [...second.back, ...first.back],
  };
}
