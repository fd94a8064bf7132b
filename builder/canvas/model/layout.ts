/**
 * Places a journey top-down: rows by the longest way from the beginning, columns 280 apart. The
 * main way goes straight down; doubt, time-out and refusal go right; with three ways or more the
 * node stands above the middle one; ways that meet again meet under the node that parted them.
 */

import { graphOf, layers, type Graph } from "./graph";
import { GRID, onGrid, type Shape } from "./size";
import type { JourneyDocument, JourneyEdge, Point } from "./types";

export const PITCH = 280;
const CLOSE = 32;
const WIDE = 48;
const ALONE = 288; // a wider node keeps the columns beside it free

export interface Facts {
  shape: (id: string) => Shape;
  /** Handle names of a node in drawing order: hoped first, then the rest. */
  handles: (id: string) => readonly string[];
}

/** Positions for every node: the top left corner of its 256 wide place in the column. */
export function layout(
  doc: Pick<JourneyDocument, "nodes" | "edges">,
  facts: Facts,
): { [id: string]: Point } {
  const graph = graphOf(doc, facts.handles);
  const layer = layers(graph);
  const columns = columnsOf(graph, layer, facts);
  const tops = rowTops(graph, layer, facts);
  const positions: { [id: string]: Point } = {};
  for (const id of graph.ids) {
    positions[id] = [onGrid((columns.get(id) ?? 0) * PITCH), tops[layer.get(id) ?? 0] ?? 0];
  }
  return positions;
}

function rowTops(graph: Graph, layer: Map<string, number>, facts: Facts): number[] {
  const heights: number[] = [];
  const named: boolean[] = [];
  for (const id of graph.ids) {
    const row = layer.get(id) ?? 0;
    const shape = facts.shape(id);
    heights[row] = Math.max(heights[row] ?? 0, shape.height);
    const straight = (graph.out.get(id) ?? []).length <= 1;
    const plain = shape.handles.every((h) => h.kind === "ring" || h.hidden);
    named[row] = (named[row] ?? false) || !plain || !straight;
  }
  const tops: number[] = [];
  let y = 0;
  heights.forEach((height, row) => {
    tops[row] = y;
    y += Math.ceil((height + (named[row] ? WIDE : CLOSE)) / GRID) * GRID;
  });
  return tops;
}

// --- Columns -----------------------------------------------------------------------------------

type Cells = Map<number, Set<number>>; // row → taken columns, relative to the subtree's root

interface Block {
  columns: Map<string, number>;
  cells: Cells;
}

function columnsOf(graph: Graph, layer: Map<string, number>, facts: Facts): Map<string, number> {
  const { children, direct } = dominated(graph, layer);
  const blocks = new Map<string, Block>();
  const pick = (id: string): Block => {
    const block = blocks.get(id);
    blocks.delete(id);
    return block ?? { columns: new Map(), cells: new Map() };
  };
  // From the ends upwards, so that what stands below a node is placed before the node itself.
  for (const id of [...graph.order].reverse()) {
    const own = layer.get(id) ?? 0;
    const ways = direct.get(id) ?? [];
    const below = ways.map((child) => reaching(pick(child), own, layer.get(child) ?? 0));
    const joined = ways[0] !== undefined && !only(graph, ways[0], id);
    const block = beside(below, joined ? 0 : undefined);
    for (const meet of children.get(id) ?? []) {
      if (!ways.includes(meet)) join(block, pick(meet), 0);
    }
    const wide = facts.shape(id).width > ALONE;
    take(block.cells, own, wide ? [-1, 0, 1] : [0]);
    block.columns.set(id, 0);
    blocks.set(id, block);
  }
  const whole: Block = { columns: new Map(), cells: new Map() };
  for (const root of children.get("") ?? []) join(whole, pick(root), 0);
  return whole.columns;
}

/** Ways side by side in their order; the first, or of three and more the middle one, at column 0. */
function beside(blocks: Block[], main?: number): Block {
  const middle = main ?? (blocks.length >= 3 ? Math.floor((blocks.length - 1) / 2) : 0);
  const all = blocks[middle] ?? { columns: new Map(), cells: new Map() };
  for (const block of blocks.slice(middle + 1)) {
    const shift = Math.max(1, ...rowsOf(block.cells).map(
      (row) => edge(all.cells, row, Math.max) - edge(block.cells, row, Math.min) + 1,
    ));
    merge(all, block, shift);
  }
  for (const block of blocks.slice(0, middle).reverse()) {
    const shift = Math.max(1, ...rowsOf(block.cells).map(
      (row) => edge(block.cells, row, Math.max) - edge(all.cells, row, Math.min) + 1,
    ));
    merge(all, block, -shift);
  }
  return all;
}

/** Puts a block at the wanted column, or the next one to the right where nothing is in its way. */
function join(into: Block, block: Block, wanted: number): void {
  let shift = wanted;
  const taken = (at: number) =>
    rowsOf(block.cells).some((row) =>
      [...(block.cells.get(row) ?? [])].some((c) => into.cells.get(row)?.has(c + at)),
    );
  while (taken(shift)) shift += 1;
  merge(into, block, shift);
}

function merge(into: Block, block: Block, shift: number): void {
  for (const [id, column] of block.columns) into.columns.set(id, column + shift);
  for (const [row, columns] of block.cells) {
    take(into.cells, row, [...columns].map((c) => c + shift));
  }
}

/** Keeps the column free between a node and the top of a way that begins some rows below. */
function reaching(block: Block, from: number, to: number): Block {
  for (let row = from + 1; row < to; row += 1) take(block.cells, row, [0]);
  return block;
}

function take(cells: Cells, row: number, columns: number[]): void {
  const taken = cells.get(row) ?? new Set();
  for (const column of columns) taken.add(column);
  cells.set(row, taken);
}

function rowsOf(cells: Cells): number[] {
  return [...cells.keys()];
}

function edge(cells: Cells, row: number, extreme: (...n: number[]) => number): number {
  const taken = cells.get(row);
  if (taken && taken.size > 0) return extreme(...taken);
  return extreme === Math.max ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

// --- Who parts and where ways meet -----------------------------------------------------------

/** The dominator tree ("" is above all), and of its children those that an edge leads to directly
 * and that no other way reaches; the first way stays the main one even if others join it below. */
function dominated(graph: Graph, layer: Map<string, number>) {
  const parent = new Map<string, string>();
  const depth = new Map<string, number>([["", 0]]);
  const meet = (a: string, b: string): string => {
    let [one, two] = [a, b];
    while (one !== two) {
      if ((depth.get(one) ?? 0) >= (depth.get(two) ?? 0)) one = parent.get(one) ?? "";
      else two = parent.get(two) ?? "";
    }
    return one;
  };
  const children = new Map<string, string[]>();
  const direct = new Map<string, string[]>();
  for (const id of graph.order) {
    const edges = (graph.into.get(id) ?? []).filter((e) => !graph.back.has(e));
    const sources = [...new Set(edges.map((e) => e.from))];
    const above = sources.length === 0 ? "" : sources.reduce(meet);
    parent.set(id, above);
    depth.set(id, (depth.get(above) ?? 0) + 1);
    children.set(above, [...(children.get(above) ?? []), id]);
  }
  for (const id of graph.ids) {
    const ways = (graph.out.get(id) ?? []).filter((e) => !graph.back.has(e)).map((e) => e.to);
    const own = [...new Set(ways)].filter(
      (to, i) => only(graph, to, id) || (i === 0 && parent.get(to) === id),
    );
    direct.set(id, own);
    children.set(id, (children.get(id) ?? []).sort((a, b) => (layer.get(a) ?? 0) - (layer.get(b) ?? 0)));
  }
  children.set("", inOrder(children.get("") ?? [], graph.ids, layer));
  return { children, direct };
}

function only(graph: Graph, to: string, from: string): boolean {
  return (graph.into.get(to) ?? []).every((e: JourneyEdge) => e.from === from || graph.back.has(e));
}

function inOrder(ids: string[], all: string[], layer: Map<string, number>): string[] {
  const rank = new Map(all.map((id, i) => [id, i]));
  return ids.sort(
    (a, b) =>
      (layer.get(a) ?? 0) - (layer.get(b) ?? 0) || (rank.get(a) ?? 0) - (rank.get(b) ?? 0),
  );
}
