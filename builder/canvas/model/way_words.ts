/** Where along its line the meaning of a way can be written without touching anything else. */

import type { Point } from "./types";

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Wanted {
  id: string;
  text: string;
  width: number;
  /** The line's corners, from its handle on. */
  points: readonly Point[];
  /** The handle that it leaves by. */
  pill?: Box;
}

export interface Written extends Box {
  id: string;
  text: string;
}

const HEIGHT = 16;
const MOST = 216; // longer ones end in an ellipsis; in less room they are left out: half a number says something else
const GAP = 4;

/** The labels that find room: above the longest level part of a line, beside its first drop, or
    beside the handle below its node. */
export function written(wanted: readonly Wanted[], boxes: readonly Box[], lines: readonly (readonly Point[])[]): Written[] {
  const taken = new Taken([...boxes, ...lines.flatMap(segmentsOf)]);
  const found: Written[] = [];
  for (const one of wanted) {
    const place = candidates(one).find((box) => !taken.touches(box));
    if (!place) continue;
    taken.add(place);
    found.push({ ...place, id: one.id, text: one.text });
  }
  return found;
}

const CELL = 256;

/** What is taken already, by where it is: of a large journey a place is held against its neighbours. */
class Taken {
  private readonly cells = new Map<string, Box[]>();

  constructor(boxes: readonly Box[]) {
    for (const box of boxes) this.add(box);
  }

  add(box: Box): void {
    for (const key of cellsOf(box)) {
      const cell = this.cells.get(key);
      if (cell) cell.push(box);
      else this.cells.set(key, [box]);
    }
  }

  touches(box: Box): boolean {
    return cellsOf(box).some((key) => this.cells.get(key)?.some((other) => touches(box, other)));
  }
}

/** The cells of a box and of the pixel around it that counts as touching. */
function cellsOf({ x, y, width, height }: Box): string[] {
  const cell = (at: number) => Math.floor(at / CELL);
  const found: string[] = [];
  for (let column = cell(x - 1); column <= cell(x + width + 1); column += 1) {
    for (let row = cell(y - 1); row <= cell(y + height + 1); row += 1) found.push(`${column}:${row}`);
  }
  return found;
}

function candidates({ width, points, pill }: Wanted): Box[] {
  const wide = Math.min(width, MOST);
  const level = pairs(points)
    .filter(([a, b]) => a[1] === b[1])
    .map(([a, b]) => ({ left: Math.min(a[0], b[0]), length: Math.abs(a[0] - b[0]), y: a[1] }))
    .sort((a, b) => b.length - a.length)[0];
  const found: Box[] = [];
  if (level && level.length - 16 >= wide) {
    const x = level.left + (level.length - wide) / 2;
    found.push({ x, y: level.y - HEIGHT - GAP / 2, width: wide, height: HEIGHT });
    found.push({ x, y: level.y + GAP / 2, width: wide, height: HEIGHT });
  }
  const drop = pairs(points).find(([a, b]) => a[0] === b[0] && Math.abs(a[1] - b[1]) >= HEIGHT + 2 * GAP);
  if (drop) {
    const y = Math.min(drop[0][1], drop[1][1]) + GAP;
    found.push({ x: drop[0][0] + 8, y, width: wide, height: HEIGHT });
    found.push({ x: drop[0][0] - 8 - wide, y, width: wide, height: HEIGHT });
  }
  if (pill) {
    const y = pill.y + pill.height / 2 + 2; // right below the node's edge, which the handle sits on
    found.push({ x: pill.x - 6 - wide, y, width: wide, height: HEIGHT });
    found.push({ x: pill.x + pill.width + 6, y, width: wide, height: HEIGHT });
  }
  return found;
}

function segmentsOf(points: readonly Point[]): Box[] {
  return pairs(points).map(([a, b]) => ({
    x: Math.min(a[0], b[0]),
    y: Math.min(a[1], b[1]),
    width: Math.abs(a[0] - b[0]),
    height: Math.abs(a[1] - b[1]),
  }));
}

function pairs(points: readonly Point[]): [Point, Point][] {
  return points.slice(1).map((point, i) => [points[i] ?? point, point]);
}

function touches(a: Box, b: Box): boolean {
  return a.x < b.x + b.width + 1 && b.x < a.x + a.width + 1 && a.y < b.y + b.height + 1 && b.y < a.y + a.height + 1;
}
