/** Puts a part of the journey that was laid out anew back among the nodes that stay. */

import type { Box } from "../model/routing";
import { onGrid } from "../model/size";
import type { Point } from "../model/types";

const GAP = 24;
const MOST = 400; // steps to look for room

/**
 * How far the boxes have to go so that they stand around `middle` (their old middle at the top)
 * and cover none of the others: as near as there is room, to the right or below first.
 */
export function roomFor(boxes: readonly Box[], others: readonly Box[], anchor: Point): Point {
  const left = Math.min(...boxes.map((b) => b.x));
  const top = Math.min(...boxes.map((b) => b.y));
  const wanted: Point = [onGrid(anchor[0] - left), onGrid(anchor[1] - top)];
  const free = ([dx, dy]: Point) =>
    !boxes.some((a) =>
      others.some(
        (b) =>
          a.x + dx < b.x + b.width + GAP &&
          b.x < a.x + dx + a.width + GAP &&
          a.y + dy < b.y + b.height + GAP &&
          b.y < a.y + dy + a.height + GAP,
      ),
    );
  for (let step = 0; step < MOST; step += 1) {
    const [down, right] = nth(step);
    const move: Point = [wanted[0] + right * 280, wanted[1] + down * 32];
    if (free(move)) return move;
  }
  const bottom = Math.max(...others.map((b) => b.y + b.height));
  return [wanted[0], onGrid(bottom + GAP - top)];
}

/** (0, 0), then steps that go further and further: rows down and columns to the right. */
function nth(step: number): [number, number] {
  let [ring, left] = [0, step];
  while (left > ring) {
    ring += 1;
    left -= ring;
  }
  return [ring - left, left];
}
