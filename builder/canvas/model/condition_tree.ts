/** Changing a tree of conditions: pure functions on the tree and a place in it. */

import { fresh, kindOf, type Condition } from "./conditions";
import { isRecord } from "./types";

/** Where a condition stands: the number of the child at each level; [] is the whole. */
export type Place = readonly number[];

/** What stands directly inside: the rows of a group, what a "not" is about. */
export function children(condition: Condition): Condition[] {
  const kind = kindOf(condition);
  if (kind === "all" || kind === "any") return (condition[kind] as Condition[]) ?? [];
  return kind === "not" && isRecord(condition.not) ? [condition.not] : [];
}

export function isGroup(condition: Condition | undefined): boolean {
  const kind = kindOf(condition);
  return kind === "all" || kind === "any";
}

function withChildren(condition: Condition, inside: Condition[]): Condition | null {
  const kind = kindOf(condition);
  if (kind === "not") return inside[0] ? { not: inside[0] } : null;
  return inside.length ? { [kind]: inside } : null;
}

export function at(tree: Condition, place: Place): Condition | undefined {
  return place.reduce<Condition | undefined>((found, i) => found && children(found)[i], tree);
}

/** With another condition in a place; null takes it out, and groups left empty with it. */
export function replace(tree: Condition, place: Place, next: Condition | null): Condition | null {
  const [first, ...rest] = place;
  if (first === undefined) return next;
  const inside = children(tree);
  const child = inside[first];
  if (!child) return tree;
  const changed = replace(child, rest, next);
  return withChildren(tree, changed ? inside.map((c, i) => (i === first ? changed : c)) : inside.filter((_, i) => i !== first));
}

/** With one more row in a group, before its row `index`. */
export function insert(tree: Condition, group: Place, index: number, row: Condition): Condition {
  const found = at(tree, group);
  if (!found || !isGroup(found)) return tree;
  const inside = children(found);
  const next = withChildren(found, [...inside.slice(0, index), row, ...inside.slice(index)]);
  return replace(tree, group, next) ?? tree;
}

/** With one more row at the end: a tree that is one condition becomes a group of both. */
export function add(tree: Condition | null, row: Condition, group: Place = []): Condition {
  if (!tree) return row;
  const found = at(tree, group);
  if (!found) return tree;
  if (isGroup(found)) return insert(tree, group, children(found).length, row);
  return replace(tree, group, { all: [found, row] }) ?? tree;
}

export interface Moved {
  tree: Condition;
  place: Place;
  how: "moved" | "in" | "out";
}

/** One step up or down: into a group that is next, out of one at its edge; null at the very end. */
export function step(tree: Condition, place: Place, by: -1 | 1): Moved | null {
  const index = place.at(-1);
  const group = place.slice(0, -1);
  const row = at(tree, place);
  const parent = at(tree, group);
  if (index === undefined || !row || !parent) return null;
  if (!isGroup(parent)) return out(tree, place, by); // what a "not" is about
  const neighbour = children(parent)[index + by];
  if (!neighbour) return out(tree, place, by);
  if (isGroup(neighbour)) {
    const to = [...group, index + by];
    return moveTo(tree, place, to, by > 0 ? 0 : children(neighbour).length, "in");
  }
  return moveTo(tree, place, group, by > 0 ? index + 2 : index - 1, "moved");
}

/** Out of its group, before or behind it; null when it stands in the outermost one. */
export function out(tree: Condition, place: Place, by: -1 | 1 = 1): Moved | null {
  const group = place.slice(0, -1);
  const outer = nearestGroup(tree, group.slice(0, -1));
  if (group.length === 0 || !outer) return null;
  const index = group[outer.length] ?? 0;
  return moveTo(tree, place, outer, by > 0 ? index + 1 : index, "out");
}

function nearestGroup(tree: Condition, place: Place): Place | null {
  for (let depth = place.length; depth >= 0; depth -= 1) {
    if (isGroup(at(tree, place.slice(0, depth)))) return place.slice(0, depth);
  }
  return null;
}

/** A row in a group of its own: "any" inside of an "all", and the other way round. */
export function wrap(tree: Condition, place: Place, kind?: "all" | "any" | "not"): Condition {
  const row = at(tree, place);
  if (!row) return tree;
  const parent = place.length ? at(tree, place.slice(0, -1)) : undefined;
  const as = kind ?? (kindOf(parent) === "any" ? "all" : "any");
  const next: Condition = as === "not" ? { not: row } : { [as]: [row, fresh("field")] };
  return replace(tree, place, next) ?? tree;
}

/** To before row `index` of a group. A group cannot go into itself. */
export function moveTo(tree: Condition, from: Place, group: Place, index: number, how: Moved["how"] = "moved"): Moved | null {
  const row = at(tree, from);
  if (!row || !isGroup(at(tree, group)) || from.every((n, i) => group[i] === n)) return null;
  // The place is marked in the tree, so that it is still found when the row has left its old one.
  const mark: Condition = { did: "\u0000here" };
  const marked = insert(tree, group, index, mark);
  const depth = group.length;
  const inside = group.every((n, i) => from[i] === n);
  const pushed = inside && (from[depth] ?? -1) >= index;
  const left = remove(marked, pushed ? from.map((n, i) => (i === depth ? n + 1 : n)) : from);
  const to = left && find(left, (one) => one === mark);
  const placed = left && to && replace(left, to, row);
  return placed && to ? { tree: placed, place: to, how } : null;
}

export function remove(tree: Condition, place: Place): Condition | null {
  return replace(tree, place, null);
}

/** The same row once more, below it; null for the whole tree. */
export function duplicate(tree: Condition, place: Place): { tree: Condition; place: Place } {
  const row = at(tree, place);
  const index = place.at(-1);
  if (!row) return { tree, place };
  const group = place.slice(0, -1);
  const parent = at(tree, group);
  if (index === undefined || !isGroup(parent)) {
    return { tree: replace(tree, place, { all: [row, structuredClone(row)] }) ?? tree, place: [...place, 1] };
  }
  return { tree: insert(tree, group, index + 1, structuredClone(row)), place: [...group, index + 1] };
}

/** The first condition in reading order that fits. */
export function find(tree: Condition, fits: (condition: Condition) => boolean, place: Place = []): Place | null {
  if (fits(tree)) return place;
  for (const [i, child] of children(tree).entries()) {
    const found = find(child, fits, [...place, i]);
    if (found) return found;
  }
  return null;
}

/** A group of one row that was all there is says no more than the row itself. */
export function settled(tree: Condition | null): Condition | null {
  if (!tree || !isGroup(tree)) return tree;
  const inside = children(tree);
  return inside.length === 1 && inside[0] && !isGroup(inside[0]) ? inside[0] : inside.length ? tree : null;
}
