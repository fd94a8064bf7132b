/**
 * Draws the lines between nodes: right-angled, corner 8, entering at the top centre. Lines with
 * one goal share the last stretch; lines of different goals keep apart; no line runs through a
 * node when there is a way around it.
 */

import type { Point } from "./types";

const CORNER = 8;
const LAST = 17; // the shared last stretch above a node
const LANE = 8;
const NEAR = 160; // a line to the next row is not longer
const MARGIN = 12; // half the space between two columns

export interface Box {
  id: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Line {
  id: string;
  from: string;
  to: string;
  /** Lines that leave by one handle may share their first stretch. */
  source: string;
  start: Point;
  side: "bottom" | "right";
  end: Point;
  /** Dashed lines keep apart from solid ones even with one goal. */
  hoped: boolean;
}

export interface Route {
  points: Point[];
  path: string;
  /** The middle of the line, for the + and the label. */
  middle: Point;
}

interface Stretch {
  y: number;
  left: number;
  right: number;
  source: string;
  to: string;
  hoped: boolean;
}

const CELL = 320;

/** Finds boxes near a place without looking at all of them; `under` has those that stand still. */
export class Grid {
  private readonly cells = new Map<string, Box[]>();

  constructor(
    private readonly own: readonly Box[],
    private readonly under: Grid | null = null,
  ) {
    const boxes = own;
    for (const box of boxes) {
      this.each(box.x, box.y, box.x + box.width, box.y + box.height, (key) => {
        const cell = this.cells.get(key);
        if (cell) cell.push(box);
        else this.cells.set(key, [box]);
      });
    }
  }

  get boxes(): readonly Box[] {
    return this.under ? [...this.under.boxes, ...this.own] : this.own;
  }

  /** Whether a straight piece of line runs through a box. */
  hits(a: Point, b: Point): boolean {
    if (this.under?.hits(a, b)) return true;
    const [left, right] = [Math.min(a[0], b[0]), Math.max(a[0], b[0])];
    const [top, bottom] = [Math.min(a[1], b[1]), Math.max(a[1], b[1])];
    let hit = false;
    this.each(left, top, right, bottom, (key) => {
      hit ||= (this.cells.get(key) ?? []).some(
        (box) =>
          right > box.x - 2 &&
          left < box.x + box.width + 2 &&
          bottom > box.y + 1 &&
          top < box.y + box.height - 1,
      );
    });
    return hit;
  }

  private each(left: number, top: number, right: number, bottom: number, use: (key: string) => void) {
    for (let x = Math.floor(left / CELL); x <= Math.floor(right / CELL); x += 1) {
      for (let y = Math.floor(top / CELL); y <= Math.floor(bottom / CELL); y += 1) use(`${x}:${y}`);
    }
  }
}

/** Routes for all lines. */
export function routes(lines: readonly Line[], boxes: readonly Box[] | Grid): Map<string, Route> {
  const grid = boxes instanceof Grid ? boxes : new Grid(boxes);
  const lanes = new Map<number, Stretch[]>();
  const found = new Map<string, Route>();
  for (const line of inTurn(lines)) {
    const points = tidy(bend(line, grid, lanes));
    remember(line, points, lanes);
    found.set(line.id, { points, path: rounded(points), middle: middleOf(points) });
  }
  return found;
}

/**
 * Straight lines first, short ones before long ones. Of lines that go right the leftmost comes
 * first and takes the lowest lane, of lines that go left the rightmost: then they do not cross.
 */
function inTurn(lines: readonly Line[]): Line[] {
  const turn = (l: Line): number[] => {
    const [dx, dy] = [l.end[0] - l.start[0], l.end[1] - l.start[1]];
    const straight = Math.abs(dx) < 1 && dy > 0 ? 0 : 1;
    return [straight, dy > 0 && dy < NEAR ? 0 : 1, dx > 0 ? l.start[0] : -l.start[0]];
  };
  const keyed = lines.map((line) => ({ line, key: turn(line) }));
  keyed.sort((a, b) => a.key.map((k, i) => k - (b.key[i] ?? 0)).find((d) => d !== 0) ?? 0);
  return keyed.map(({ line }) => line);
}

function bend(line: Line, grid: Grid, lanes: Map<number, Stretch[]>): Point[] {
  const begin = line.side === "right" ? 1 : 0; // the stub out of a row starts inside its own node
  const open = (way: readonly Point[]) => clear(way.slice(begin), grid);
  const plain = [...plainWays(line, lanes)];
  const [first, ...others] = plain.filter(open);
  if (first) return fewestCrossings(first, others, lanes);
  let fallback = plain[0] ?? null;
  for (const way of detours(line, grid, lanes)) {
    if (open(way)) return way;
    fallback ??= way;
  }
  return fallback ?? [line.start, line.end];
}

function fewestCrossings(
  first: Point[],
  others: readonly Point[][],
  lanes: Map<number, Stretch[]>,
): Point[] {
  let [best, least] = [first, others.length ? crossings(first, lanes) : 0];
  for (const way of others) {
    if (least === 0) break;
    const count = crossings(way, lanes);
    if (count < least) [best, least] = [way, count];
  }
  return best;
}

/** How many stretches that are already drawn the upright pieces of a way cross. */
function crossings(way: readonly Point[], lanes: Map<number, Stretch[]>): number {
  const crossed = new Set<Stretch>();
  way.forEach(([x, y], i) => {
    const next = way[i + 1];
    if (!next || next[0] !== x) return;
    const [top, bottom] = [Math.min(y, next[1]), Math.max(y, next[1])];
    for (let key = Math.floor(top / LANE); key <= Math.ceil(bottom / LANE); key += 1) {
      for (const other of lanes.get(key) ?? []) {
        const meets = other.left < x && x < other.right && other.y > top && other.y < bottom;
        if (meets) crossed.add(other);
      }
    }
  });
  return crossed.size;
}

/** The ways with one turn aside: low, just above the goal, or high, just under the start. */
function* plainWays(line: Line, lanes: Map<number, Stretch[]>): Generator<Point[]> {
  const [sx, sy] = line.start;
  const [tx, ty] = line.end;
  const aside = line.side === "right" ? turnOut(sy) : 0;
  const x = sx + aside;
  const start: Point[] = aside ? [line.start, [x, sy]] : [line.start];
  if (ty - sy >= 16) {
    if (Math.abs(sx - tx) < 1) yield [...start, line.end];
    const late = Math.max(sy + LANE, lane(line, ty - LAST, x, tx, -LANE, lanes));
    yield [...start, [x, late], [tx, late], line.end];
    const early = aside ? sy : lane(line, sy + LAST, x, tx, LANE, lanes);
    yield [...start, [x, early], [tx, early], line.end];
  }
}

/** The ways through a channel between two columns, the shortest first. */
function* detours(line: Line, grid: Grid, lanes: Map<number, Stretch[]>): Generator<Point[]> {
  const [sx, sy] = line.start;
  const [tx, ty] = line.end;
  const aside = line.side === "right" ? turnOut(sy) : 0;
  const x = sx + aside;
  const start: Point[] = aside ? [line.start, [x, sy]] : [line.start];
  for (const channel of channels(line, grid)) {
    const leave = aside ? sy : lane(line, sy + 16, x, channel, LANE, lanes);
    const enter = lane(line, ty - LAST, channel, tx, -LANE, lanes);
    yield [...start, [x, leave], [channel, leave], [channel, enter], [tx, enter], line.end];
  }
}

/** How far a line goes out to the right: rows of one node take turns, so that they stay apart. */
function turnOut(y: number): number {
  return 5 + (Math.round(y / 28) % 4) * 5;
}

/** Places between the columns where a long line may run up or down, nearest first. */
function channels(line: Line, grid: Grid): number[] {
  const [sx, sy] = line.start;
  const [tx, ty] = line.end;
  const [top, bottom] = [Math.min(sy, ty) - 40, Math.max(sy, ty) + 40];
  const near = grid.boxes.filter((b) => b.y < bottom && b.y + b.height > top);
  const sides = near.flatMap((b) => [b.x + b.width + MARGIN, b.x - MARGIN]);
  const cost = (x: number) => Math.abs(x - sx) + Math.abs(x - tx) - (x > sx ? 1 : 0);
  return [...new Set(sides)].sort((a, b) => cost(a) - cost(b)).slice(0, 24);
}

function clear(way: readonly Point[], grid: Grid): boolean {
  return way.every((point, i) => {
    const next = way[i + 1];
    return !next || !grid.hits(point, next);
  });
}

/** The nearest height to the wanted one where no other line runs along. */
function lane(
  line: Line,
  wanted: number,
  from: number,
  to: number,
  step: number,
  lanes: Map<number, Stretch[]>,
): number {
  const [left, right] = [Math.min(from, to), Math.max(from, to)];
  for (const move of [0, 1, 2, -1, 3]) {
    const y = wanted + move * step;
    const busy = (lanes.get(Math.round(y / LANE)) ?? []).some(
      (other) =>
        other.source !== line.source &&
        (other.to !== line.to || other.hoped !== line.hoped) &&
        Math.abs(other.y - y) < LANE &&
        other.left < right &&
        other.right > left,
    );
    if (!busy) return y;
  }
  return wanted;
}

function remember(line: Line, points: readonly Point[], lanes: Map<number, Stretch[]>): void {
  points.forEach((point, i) => {
    const next = points[i + 1];
    if (!next || point[1] !== next[1]) return;
    const stretch: Stretch = {
      y: point[1],
      left: Math.min(point[0], next[0]),
      right: Math.max(point[0], next[0]),
      source: line.source,
      to: line.to,
      hoped: line.hoped,
    };
    const at = Math.round(stretch.y / LANE);
    for (const key of [at - 1, at, at + 1]) lanes.set(key, [...(lanes.get(key) ?? []), stretch]);
  });
}

/** Leaves out points that stand twice or on a straight line. */
function tidy(points: readonly Point[]): Point[] {
  const kept: Point[] = [];
  for (const point of points) {
    const last = kept.at(-1);
    const before = kept.at(-2);
    if (last && last[0] === point[0] && last[1] === point[1]) continue;
    const along =
      last &&
      before &&
      ((before[0] === last[0] && last[0] === point[0]) ||
        (before[1] === last[1] && last[1] === point[1]));
    if (along) kept.pop();
    kept.push(point);
  }
  return kept;
}

/** An SVG path through the points with rounded corners. */
export function rounded(points: readonly Point[]): string {
  return points
    .map((point, i) => {
      if (i === 0) return `M${point[0]} ${point[1]}`;
      const before = points[i - 1] as Point;
      const after = points[i + 1];
      if (!after) return `L${point[0]} ${point[1]}`;
      const radius = Math.min(CORNER, distance(before, point) / 2, distance(point, after) / 2);
      const [ax, ay] = toward(point, before, radius);
      const [bx, by] = toward(point, after, radius);
      return `L${ax} ${ay}Q${point[0]} ${point[1]} ${bx} ${by}`;
    })
    .join("");
}

function distance(a: Point, b: Point): number {
  return Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]);
}

function toward(from: Point, to: Point, length: number): Point {
  const whole = distance(from, to);
  if (whole === 0) return from;
  const part = length / whole;
  return [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part];
}

function middleOf(points: readonly Point[]): Point {
  const lengths = points.map((p, i) => (points[i + 1] ? distance(p, points[i + 1] as Point) : 0));
  let left = lengths.reduce((a, b) => a + b, 0) / 2;
  for (const [i, length] of lengths.entries()) {
    const next = points[i + 1];
    if (next && left <= length) return toward(points[i] as Point, next, left);
    left -= length;
  }
  return points[0] ?? [0, 0];
}

/** A route whose two ends move together. */
export function shifted(route: Route, [dx, dy]: Point): Route {
  const points = route.points.map(([x, y]): Point => [x + dx, y + dy]);
  const [x, y] = route.middle;
  return { points, path: rounded(points), middle: [x + dx, y + dy] };
}

/** How far a point is from a route: to drop a node onto a line. */
export function distanceTo(route: Route, [x, y]: Point): number {
  let least = Number.POSITIVE_INFINITY;
  route.points.forEach((a, i) => {
    const b = route.points[i + 1];
    if (!b) return;
    const dx = Math.max(Math.min(a[0], b[0]) - x, 0, x - Math.max(a[0], b[0]));
    const dy = Math.max(Math.min(a[1], b[1]) - y, 0, y - Math.max(a[1], b[1]));
    least = Math.min(least, Math.hypot(dx, dy));
  });
  return least;
}
