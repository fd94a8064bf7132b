/**
 * Helper lines while something is dragged: where its edges, its middle or its gaps agree with what
 * stands around it. What stands still is laid into an index once for each drag.
 */

import type { Box } from "../model/routing";
import type { Point } from "../model/types";

export interface Guide {
  /** "x": an upright line at x = at, from top to bottom; "y": a level one. */
  axis: "x" | "y";
  at: number;
  from: number;
  to: number;
  /** An equal gap is drawn as a bar with ends. */
  gap?: boolean;
}

interface Mark {
  at: number;
  box: Box;
}

export interface Index {
  x: readonly Mark[];
  y: readonly Mark[];
  boxes: readonly Box[];
}

const REACH = 1_200; // what is further away is no neighbour

export function indexOf(boxes: readonly Box[]): Index {
  const marks = (of: (box: Box) => number[]) =>
    boxes.flatMap((box) => of(box).map((at): Mark => ({ at, box }))).sort((a, b) => a.at - b.at);
  return {
    x: marks((b) => [b.x, b.x + b.width / 2, b.x + b.width]),
    y: marks((b) => [b.y, b.y + b.height / 2, b.y + b.height]),
    boxes,
  };
}

/** How far the box is pulled, at most `pull`, and the lines that then hold. */
export function guides(index: Index, box: Box, pull: number): { by: Point; lines: Guide[] } {
  const dx = nearest(index.x, box, [box.x + box.width / 2, box.x, box.x + box.width], pull) ?? gapPull(index, box, "x", pull);
  const dy = nearest(index.y, box, [box.y, box.y + box.height / 2, box.y + box.height], pull) ?? gapPull(index, box, "y", pull);
  const placed = { ...box, x: box.x + (dx ?? 0), y: box.y + (dy ?? 0) };
  const lines = [
    ...(dx === null ? [] : lined(index.x, placed, "x")),
    ...(dy === null ? [] : lined(index.y, placed, "y")),
    ...gaps(index, placed, "x"),
    ...gaps(index, placed, "y"),
  ];
  return { by: [dx ?? 0, dy ?? 0], lines };
}

/** The smallest move that brings one of `own` onto a mark; null when none is near enough. */
function nearest(marks: readonly Mark[], box: Box, own: readonly number[], pull: number): number | null {
  let best: number | null = null;
  for (const at of own) {
    for (let i = firstFrom(marks, at - pull); i < marks.length; i += 1) {
      const mark = marks[i];
      if (!mark || mark.at > at + pull) break;
      if (far(mark.box, box)) continue;
      const by = mark.at - at;
      if (best === null || Math.abs(by) < Math.abs(best)) best = by;
    }
  }
  return best;
}

function firstFrom(marks: readonly Mark[], at: number): number {
  let [low, high] = [0, marks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((marks[middle]?.at ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function far(a: Box, b: Box): boolean {
  const dx = Math.max(a.x - (b.x + b.width), b.x - (a.x + a.width), 0);
  const dy = Math.max(a.y - (b.y + b.height), b.y - (a.y + a.height), 0);
  return Math.max(dx, dy) > REACH;
}

/** One line for each mark that the box stands on, from the first to the last box there. */
function lined(marks: readonly Mark[], box: Box, axis: "x" | "y"): Guide[] {
  const [start, size] = axis === "x" ? [box.x, box.width] : [box.y, box.height];
  const [low, high] = axis === "x" ? [box.y, box.y + box.height] : [box.x, box.x + box.width];
  const found: Guide[] = [];
  for (const at of [start, start + size / 2, start + size]) {
    let [from, to] = [low, high];
    let any = false;
    for (let i = firstFrom(marks, at - 0.5); i < marks.length; i += 1) {
      const mark = marks[i];
      if (!mark || mark.at > at + 0.5) break;
      if (far(mark.box, box)) continue;
      any = true;
      from = Math.min(from, axis === "x" ? mark.box.y : mark.box.x);
      to = Math.max(to, axis === "x" ? mark.box.y + mark.box.height : mark.box.x + mark.box.width);
    }
    if (any) found.push({ axis, at, from, to });
  }
  return found.length === 3 ? found.slice(1, 2) : found; // boxes of one size: the middle says it all
}

// --- Equal gaps --------------------------------------------------------------------------------

interface Row {
  before: Box | undefined;
  after: Box | undefined;
  /** The gap that repeats: between the neighbour before and the one before that, and so on. */
  further: number[];
}

/** The neighbours along an axis: boxes beside the moved one, in its row or its column. */
function rowOf(index: Index, box: Box, axis: "x" | "y"): Row {
  const beside = index.boxes.filter((b) =>
    !far(b, box) && (axis === "x" ? b.y < box.y + box.height && box.y < b.y + b.height : b.x < box.x + box.width && box.x < b.x + b.width),
  );
  const start = (b: Box) => (axis === "x" ? b.x : b.y);
  const end = (b: Box) => (axis === "x" ? b.x + b.width : b.y + b.height);
  const middle = (start(box) + end(box)) / 2;
  const lower = beside.filter((b) => end(b) <= middle).sort((a, b) => end(b) - end(a));
  const upper = beside.filter((b) => start(b) >= middle).sort((a, b) => start(a) - start(b));
  const further: number[] = [];
  const [l1, l2, u1, u2] = [lower[0], lower[1], upper[0], upper[1]];
  if (l1 && l2) further.push(start(l1) - end(l2));
  if (u1 && u2) further.push(start(u2) - end(u1));
  return { before: l1, after: u1, further: further.filter((gap) => gap > 0) };
}

function gapPull(index: Index, box: Box, axis: "x" | "y", pull: number): number | null {
  const { before, after, further } = rowOf(index, box, axis);
  const [start, size] = axis === "x" ? [box.x, box.width] : [box.y, box.height];
  const end = (b: Box) => (axis === "x" ? b.x + b.width : b.y + b.height);
  const begin = (b: Box) => (axis === "x" ? b.x : b.y);
  const wanted: number[] = [];
  if (before && after) wanted.push((end(before) + begin(after) - size) / 2);
  for (const gap of further) {
    if (before) wanted.push(end(before) + gap);
    if (after) wanted.push(begin(after) - gap - size);
  }
  const moves = wanted.map((at) => at - start).filter((by) => Math.abs(by) <= pull);
  return moves.length ? moves.reduce((a, b) => (Math.abs(b) < Math.abs(a) ? b : a)) : null;
}

function gaps(index: Index, box: Box, axis: "x" | "y"): Guide[] {
  const { before, after, further } = rowOf(index, box, axis);
  const end = (b: Box) => (axis === "x" ? b.x + b.width : b.y + b.height);
  const begin = (b: Box) => (axis === "x" ? b.x : b.y);
  const left = before ? begin(box) - end(before) : null;
  const right = after ? begin(after) - end(box) : null;
  const at = axis === "x" ? box.y + box.height / 2 : box.x + box.width / 2;
  const other = axis === "x" ? "y" : "x"; // the bar lies along the axis
  const bar = (from: number, to: number): Guide => ({ axis: other, at, from, to, gap: true });
  const equal = (a: number | null, b: number | null) => a !== null && b !== null && a > 0 && Math.abs(a - b) < 1;
  const found: Guide[] = [];
  const both = equal(left, right);
  if (before && (both || further.some((gap) => equal(gap, left)))) found.push(bar(end(before), begin(box)));
  if (after && (both || further.some((gap) => equal(gap, right)))) found.push(bar(end(box), begin(after)));
  return found;
}
