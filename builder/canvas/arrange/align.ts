/** Aligning and spreading what is chosen, and moving it by keys: places in, places out. */

import type { Box } from "../model/routing";
import { onGrid } from "../model/size";
import type { Point } from "../model/types";

export type Side = "left" | "centre" | "right" | "top" | "middle" | "bottom";
export type Along = "across" | "down";

/** How far each box goes so that all stand in line; those that stand well are left out. */
export function aligned(boxes: readonly Box[], side: Side): Map<string, Point> {
  if (boxes.length < 2) return new Map();
  const left = Math.min(...boxes.map((b) => b.x));
  const right = Math.max(...boxes.map((b) => b.x + b.width));
  const top = Math.min(...boxes.map((b) => b.y));
  const bottom = Math.max(...boxes.map((b) => b.y + b.height));
  const middle = onGrid((left + right) / 2);
  const half = onGrid((top + bottom) / 2);
  const move = (b: Box): Point => {
    switch (side) {
      case "left":
        return [left - b.x, 0];
      case "centre":
        return [middle - (b.x + b.width / 2), 0];
      case "right":
        return [right - (b.x + b.width), 0];
      case "top":
        return [0, top - b.y];
      case "middle":
        return [0, onGrid(half - (b.y + b.height / 2))];
      case "bottom":
        return [0, bottom - (b.y + b.height)];
    }
  };
  return moved(boxes, move);
}

/** How far each goes so that the gaps between them are equal; the outermost stay. */
export function spread(boxes: readonly Box[], along: Along): Map<string, Point> {
  if (boxes.length < 3) return new Map();
  const start = (b: Box) => (along === "across" ? b.x : b.y);
  const size = (b: Box) => (along === "across" ? b.width : b.height);
  const row = [...boxes].sort((a, b) => start(a) - start(b) || (a.id < b.id ? -1 : 1));
  const [first, last] = [row[0], row.at(-1)];
  if (!first || !last) return new Map();
  const room = start(last) + size(last) - start(first) - row.reduce((sum, b) => sum + size(b), 0);
  const gap = room / (row.length - 1);
  const to = new Map<string, number>();
  let at = start(first);
  for (const box of row) {
    to.set(box.id, box === last ? start(last) : start(first) + onGrid(at - start(first)));
    at += size(box) + gap;
  }
  return moved(row, (b) => {
    const by = (to.get(b.id) ?? start(b)) - start(b);
    return along === "across" ? [by, 0] : [0, by];
  });
}

function moved(boxes: readonly Box[], move: (box: Box) => Point): Map<string, Point> {
  const found = new Map<string, Point>();
  for (const box of boxes) {
    const [dx, dy] = move(box);
    if (dx !== 0 || dy !== 0) found.set(box.id, [dx, dy]);
  }
  return found;
}
