/** The store as React sees it. */

import { createContext, useContext, useRef, useSyncExternalStore } from "react";

import { liveDocument } from "../history/live";
import { same, type JourneyDocument } from "../model/types";
import { decor, type LineDecor, type NodeDecor } from "../state/decor";
import type { Slice } from "../state/slice";
import type { EditorStore, State } from "../state/store";

export const StoreContext = createContext<EditorStore | null>(null);

export function useStore(): EditorStore {
  const store = useContext(StoreContext);
  if (!store) throw new Error("The editor's parts stand inside of JourneyEditor.");
  return store;
}

/** A part of the state; the view is drawn again only when that part has changed. */
export function useEditor<T>(pick: (state: State) => T): T {
  return usePart(useStore(), pick);
}

/** The same of a feature's own state. */
export function useSlice<S extends object, T>(slice: Slice<S>, pick: (state: S) => T): T {
  return usePart(slice, pick);
}

/** What lies over a node for the time being. */
export function useNodeDecor(id: string): NodeDecor | undefined {
  const over = decor(useStore());
  return useSlice(over.slice, () => over.node(id));
}

/** … and over a line. */
export function useLineDecor(id: string): LineDecor | undefined {
  const over = decor(useStore());
  return useSlice(over.slice, () => over.line(id));
}

function usePart<S, T>(from: { get: () => S; watch: (call: () => void) => () => void }, pick: (state: S) => T): T {
  const last = useRef<{ value: T } | null>(null);
  return useSyncExternalStore(from.watch, () => {
    const value = pick(from.get());
    if (last.current && equal(last.current.value, value)) return last.current.value;
    last.current = { value };
    return value;
  });
}

function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  const plain = (v: unknown) => typeof v === "object" && v !== null && v.constructor === Object;
  if (!plain(a) || !plain(b)) return Array.isArray(a) && Array.isArray(b) && same(a, b);
  const [one, two] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = Object.keys(one);
  return keys.length === Object.keys(two).length && keys.every((k) => Object.is(one[k], two[k]));
}

/** The same without where things stand: while nodes only move, it stays the same object. */
export function unplaced(state: State): JourneyDocument {
  const { ui: _, ...rest } = shown(state);
  return rest;
}

/** The document that is on screen: the draft, the live version, or one from the past. */
export function shown(state: State) {
  if (state.mode === "past" && state.past) return state.past;
  const live = state.journey.live;
  return state.mode === "live" && live ? liveDocument(live.document, state.document, state.types) : state.document;
}
