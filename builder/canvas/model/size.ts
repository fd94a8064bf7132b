/** How large a node is drawn and where its handles stand. The grid is 8. */

import { isPlain } from "./handles";
import type { Handle } from "./types";

export const GRID = 8;
export const WIDTH = 256;
export const WIDEST = 368;
const HEIGHT = 64;
const NAMED = 8; // a node with named handles is this much higher
const PILL = 20;
const ROW = 28;
const GAP = 8;
const BESIDE = 20; // from a ring's centre to the pill beside it: 12 px, half a target, at 60 % zoom
const SIDE = 8; // a pill keeps this distance from the node's corner

export interface Place {
  handle: Handle;
  kind: "ring" | "pill";
  /** Folded and not used: it shows on hover and selection only. */
  hidden: boolean;
  /** Centre, from the node's top left corner. */
  x: number;
  y: number;
  width: number;
  side: "bottom" | "right";
}

export interface Shape {
  width: number;
  height: number;
  handles: Place[];
  /** Height of the rows of handles inside the node, when they do not fit side by side. */
  rows: number;
}

/** Width of a text in Inter 12/16, roughly; the page measures it exactly. */
export function roughWidth(text: string): number {
  let width = 0;
  for (const char of text) {
    if ("ijlI.,:'| ".includes(char)) width += 3.4;
    else if ("mwMW".includes(char)) width += 10;
    else width += /[A-Z0-9]/.test(char) ? 7.6 : 6.6;
  }
  return width;
}

export type Measure = (label: string) => number;

/** The shape of a node with these handles, of which `used` have edges. */
export function shapeOf(
  handles: readonly Handle[],
  used: ReadonlySet<string>,
  count: (handle: string) => string = () => "",
  measure: Measure = roughWidth,
): Shape {
  const wide = (h: Handle) => {
    const digits = count(h.name).replace(/./g, "0"); // tabular figures are all as wide as a 0
    return Math.ceil(measure(h.label) + (digits ? 3 + measure(digits) : 0)) + 15;
  };
  const across = (widths: number[]) =>
    widths.reduce((a, b) => a + b, 0) + GAP * Math.max(0, widths.length - 1) + 2 * SIDE;
  const shown = handles.filter((h) => !h.folded || used.has(h.name));
  const folded = handles.filter((h) => h.folded && !used.has(h.name));
  const plain = shown.find(isPlain);
  const pills = shown.filter((h) => h !== plain);
  const widths = pills.map(wide);
  const sum = across(widths);
  // Counts come and go: only the names decide whether the handles stand in rows.
  const bare = across(pills.map((h) => Math.ceil(measure(h.label)) + 15));
  if (!plain && bare > WIDEST) return inRows(pills, folded, wide);
  const height = HEIGHT + (pills.length > 0 ? NAMED : 0);
  const width = plain ? WIDTH : Math.max(WIDTH, Math.ceil(sum / GRID) * GRID);
  const places: Place[] = [];
  let x: number;
  if (plain) {
    places.push(ring(plain, width / 2, height));
    x = width / 2 + BESIDE;
  } else {
    const free = width - sum + 2 * SIDE;
    const gap = pills.length > 1 ? Math.min(24, GAP + free / (pills.length + 1)) : 0;
    const all = widths.reduce((a, b) => a + b, 0) + gap * Math.max(0, pills.length - 1);
    x = (width - all) / 2;
    pills.forEach((handle, i) => {
      const own = widths[i] ?? 0;
      places.push(pill(handle, x + own / 2, height, own, false));
      x += own + gap;
    });
    if (pills.length === 0) x = width / 2 + BESIDE;
    else x += GAP - gap;
  }
  for (const handle of plain ? [...pills, ...folded] : folded) {
    const own = wide(handle);
    places.push(pill(handle, x + own / 2, height, own, !pills.includes(handle)));
    x += own + GAP;
  }
  return { width, height, handles: ordered(places, handles), rows: 0 };
}

function inRows(pills: Handle[], folded: Handle[], wide: (h: Handle) => number): Shape {
  const rows = pills.length * ROW + 4;
  const places = pills.map((handle, i): Place => {
    const y = HEIGHT + i * ROW + ROW / 2;
    const width = wide(handle);
    return { handle, kind: "pill", hidden: false, x: WIDTH - 8 - width / 2, y, width, side: "right" };
  });
  const height = Math.ceil((HEIGHT + rows) / GRID) * GRID;
  let x = WIDTH / 2;
  for (const handle of folded) {
    const own = wide(handle);
    places.push(pill(handle, x + own / 2, height, own, true));
    x += own + GAP;
  }
  return { width: WIDTH, height, handles: places, rows };
}

function ring(handle: Handle, x: number, y: number): Place {
  return { handle, kind: "ring", hidden: false, x, y, width: 10, side: "bottom" };
}

function pill(handle: Handle, x: number, y: number, width: number, hidden: boolean): Place {
  return { handle, kind: "pill", hidden, x: Math.round(x), y, width, side: "bottom" };
}

function ordered(places: Place[], handles: readonly Handle[]): Place[] {
  return places.sort((a, b) => handles.indexOf(a.handle) - handles.indexOf(b.handle));
}

/** How far below the node's bottom edge a handle's line begins. */
export function below(place: Place): number {
  return place.side === "right" ? 0 : place.kind === "ring" ? 5 : PILL / 2;
}

export function onGrid(value: number): number {
  return Math.round(value / GRID) * GRID;
}
