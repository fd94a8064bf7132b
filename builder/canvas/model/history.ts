/**
 * Undo and redo: what was done, and what takes it back. Without a limit: a step holds only what it
 * changed. What someone else has changed since is theirs, and is not taken back with ours.
 */

import { between } from "./between";
import { applyBoth, applyOps, applyWhatFits, compacted } from "./ops";
import { blocked, marks } from "./touch";
import type { Edit, JourneyDocument, Op } from "./types";

export interface Entry {
  /** What was done, in words, for the tooltip of undo. */
  label: string;
  ops: Op[];
  back: Op[];
  /** Edits with the same key that follow each other closely are one step (typing in one field). */
  key?: string;
  at: number;
  /** When the first of its keystrokes came. */
  began: number;
  /** How many changes of others there were when it was done. */
  after: number;
}

export interface History {
  done: readonly Entry[];
  undone: readonly Entry[];
  /** How many changes of others came, and which of them touched what last. */
  others: number;
  touched: ReadonlyMap<string, number>;
}

export const EMPTY: History = { done: [], undone: [], others: 0, touched: new Map() };
const CLOSE = 2_000; // milliseconds between keystrokes that belong together
const LONG = 10_000; // … after which a step ends all the same: whoever writes a page keeps most of it

/** Does an edit: the new document and the history that remembers it. */
export function record(
  document: JourneyDocument,
  history: History,
  edit: Edit,
  now: number,
): { document: JourneyDocument; history: History } {
  const { document: next, back } = applyBoth(document, edit.ops);
  const entry: Entry = { ...edit, back, at: now, began: now, after: history.others };
  const last = history.done.at(-1);
  const joins = last && edit.key && last.key === edit.key && now - last.at < CLOSE && now - last.began < LONG;
  const done = joins
    ? [...history.done.slice(0, -1), joined(last, entry)]
    : [...history.done, entry];
  return { document: next, history: { ...history, done, undone: [] } };
}

/** The history after someone else's operations. */
export function noticed(history: History, ops: readonly Op[]): History {
  if (ops.length === 0) return history;
  const others = history.others + 1;
  const touched = new Map(history.touched);
  for (const op of ops) for (const mark of marks(op)) touched.set(mark, others);
  return { ...history, others, touched };
}

interface Step {
  document: JourneyDocument;
  /** What has to be saved. */
  ops: Op[];
  history: History;
  /** Whether all of it went; else others have changed some since, or taken it away. */
  whole: boolean;
}

/** Takes the last edit back; null when there is none. */
export function undo(document: JourneyDocument, history: History): Step | null {
  const last = history.done.at(-1);
  if (!last) return null;
  const { document: next, kept, whole } = fitting(document, history, last, last.back);
  const done = history.done.slice(0, -1);
  const undone = kept.length ? [...history.undone, { ...last, after: history.others }] : history.undone;
  return { document: next, ops: kept, history: { ...history, done, undone }, whole };
}

/** Does the edit again that was taken back last. */
export function redo(document: JourneyDocument, history: History): Step | null {
  const last = history.undone.at(-1);
  if (!last) return null;
  const { document: next, kept, whole } = fitting(document, history, last, last.ops);
  const undone = history.undone.slice(0, -1);
  const done = kept.length ? [...history.done, { ...last, after: history.others }] : history.done;
  return { document: next, ops: kept, history: { ...history, done, undone }, whole };
}

function fitting(document: JourneyDocument, history: History, entry: Entry, ops: readonly Op[]) {
  const { after } = entry;
  if (history.others === after) {
    try {
      return { document: applyOps(document, ops), kept: [...ops], whole: true };
    } catch {
      // Something was left out before: what fits goes.
    }
  }
  const all = pieces(entry, ops);
  const ours = all.flatMap((op) => blocked(op, (mark) => (history.touched.get(mark) ?? 0) > after));
  const { document: next, kept } = applyWhatFits(document, ours);
  const whole = kept.length === all.length && kept.every((op, i) => op === all[i]);
  return { document: next, kept, whole };
}

/** Where a whole document was replaced: what that changed, so that the work of others can stay. */
function pieces({ ops, back }: Entry, wanted: readonly Op[]): readonly Op[] {
  const [from] = wanted === ops ? back : ops;
  const [to] = wanted;
  if (wanted.length !== 1 || from?.op !== "doc.replace" || to?.op !== "doc.replace") return wanted;
  return between(from.document, to.document) ?? wanted;
}

function joined(first: Entry, second: Entry): Entry {
  return {
    ...second,
    label: first.label,
    began: first.began,
    after: first.after,
    ops: compacted([...first.ops, ...second.ops]),
    back: compacted([...second.back, ...first.back]),
  };
}
