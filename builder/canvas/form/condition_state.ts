/** What the rows of one tree of conditions share: the tree, its changes, the focus, the drag. */

import { createContext, useContext, useLayoutEffect, useRef, useState, type ComponentType } from "react";

import { fresh, type Condition, type KnownKind } from "../model/conditions";
import * as tree from "../model/condition_tree";
import type { Place } from "../model/condition_tree";
import type { PathScope } from "../model/variables";
import { apart } from "../state/apart";
import { StoreContext } from "../view/context";
import { t } from "../words";

/** The tree of conditions inside of one: rows draw it, and are drawn by it. */
export type TreeView = ComponentType<{
  condition: Condition | null;
  scope: PathScope;
  at: readonly string[];
  id: string;
  onChange: (condition: Condition | undefined) => void;
}>;

export interface Over {
  place: Place;
  side: "before" | "after" | "inside";
}

export interface Builder {
  condition: Condition | null;
  scope: PathScope;
  at: readonly string[];
  id: string;
  root: React.RefObject<HTMLDivElement | null>;
  /** What has just been done, for screen readers. */
  told: string;
  dragged: Place | null;
  over: Over | null;
  asJson: string | null;
  drag: (place: Place | null) => void;
  hover: (over: Over | null) => void;
  drop: () => void;
  set: (place: Place, next: Condition) => void;
  add: (group: Place, kind: KnownKind) => void;
  remove: (place: Place) => void;
  duplicate: (place: Place) => void;
  move: (place: Place, by: -1 | 1) => void;
  moveOut: (place: Place) => void;
  wrap: (place: Place, kind?: "not") => void;
  json: (place: Place | null) => void;
}

export const BuilderContext = createContext<Builder | null>(null);

export function useTree(): Builder {
  const builder = useContext(BuilderContext);
  if (!builder) throw new Error("A row stands inside of a condition.");
  return builder;
}

interface Given {
  condition: Condition | null;
  scope: PathScope;
  at: readonly string[];
  id: string;
  onChange: (condition: Condition | undefined) => void;
}

export const keyOf = (place: Place) => place.join("-");

export function useBuilder({ condition, scope, at, id, onChange }: Given): Builder {
  const store = useContext(StoreContext);
  const root = useRef<HTMLDivElement>(null);
  const focus = useRef<string | null>(null);
  const [told, setTold] = useState("");
  const [dragged, drag] = useState<Place | null>(null);
  const [over, hover] = useState<Over | null>(null);
  const [asJson, setJson] = useState<string | null>(null);
  useLayoutEffect(() => {
    if (focus.current === null) return;
    const wanted = root.current?.querySelector<HTMLElement>(focus.current);
    focus.current = null;
    wanted?.focus();
  });

  const change = (next: Condition | null) => apart(store, () => onChange(next ?? undefined));
  const put = (next: Condition | null) => onChange(tree.settled(next) ?? undefined);
  const grip = (place: Place) => `[data-grip="${keyOf(place)}"] button`;
  const moved = (result: tree.Moved | null) => {
    if (!result || !condition) return setTold(t("conditions.cannotMove"));
    change(tree.settled(result.tree));
    focus.current = grip(result.place);
    const siblings = tree.at(result.tree, result.place.slice(0, -1));
    const n = (result.place.at(-1) ?? 0) + 1;
    const of = siblings ? tree.children(siblings).length : n;
    setTold(t(result.how === "in" ? "conditions.movedIn" : result.how === "out" ? "conditions.movedOut" : "conditions.moved", { n, of }));
  };
  return {
    condition, scope, at, id, root, told, dragged, over, asJson, drag, hover,
    set: (place, next) => condition && put(tree.replace(condition, place, next)),
    add: (group, kind) => {
      const next = tree.add(condition, fresh(kind), group);
      change(next); // also a group of one row: it has just been asked for
      const found = tree.at(next, group);
      const place = found && tree.isGroup(found) && condition ? [...group, tree.children(found).length - 1] : group;
      focus.current = `[data-row="${keyOf(place)}"] :is(input, select)`;
    },
    remove: (place) => {
      if (!condition) return;
      const next = tree.settled(tree.remove(condition, place));
      change(next);
      setTold(t("conditions.removed"));
      const index = place.at(-1) ?? 0;
      const rest = next && tree.at(next, place) ? place : [...place.slice(0, -1), Math.max(0, index - 1)];
      focus.current = next && tree.at(next, rest) ? grip(rest) : ".wj-add";
    },
    duplicate: (place) => {
      if (!condition) return;
      const made = tree.duplicate(condition, place);
      change(made.tree);
      focus.current = grip(made.place);
      setTold(t("conditions.duplicated"));
    },
    move: (place, by) => condition && moved(tree.step(condition, place, by)),
    moveOut: (place) => condition && moved(tree.out(condition, place)),
    wrap: (place, kind) => {
      if (!condition) return;
      change(tree.wrap(condition, place, kind));
      focus.current = grip(place);
      setTold(t("conditions.movedIn"));
    },
    drop: () => {
      if (condition && dragged && over) moved(dropped(condition, dragged, over));
      drag(null);
      hover(null);
    },
    json: (place) => setJson(place && keyOf(place)),
  };
}

function dropped(condition: Condition, dragged: Place, over: Over): tree.Moved | null {
  if (over.side === "inside") {
    const group = tree.at(condition, over.place);
    return group ? tree.moveTo(condition, dragged, over.place, tree.children(group).length) : null;
  }
  const index = over.place.at(-1);
  return index === undefined
    ? null
    : tree.moveTo(condition, dragged, over.place.slice(0, -1), over.side === "before" ? index : index + 1);
}
