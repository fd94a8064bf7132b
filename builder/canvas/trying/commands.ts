/** What trying can be asked by name or key. */

import type { Command } from "../state/commands";
import type { EditorStore, State } from "../state/store";
import { lastVisit } from "./path";
import { heat, toggleHeat } from "./heat";
import { trying } from "./state";

const filled = (state: State) => state.canEdit && state.document.nodes.length > 0;
const one = (state: State) => filled(state) && state.selected.size === 1 && state.mode !== "past";
const selected = (store: EditorStore) => [...store.get().selected][0] ?? "";

/** Runs the whole path; on a phone the first step is opened, for there the canvas is apart. */
export function runTest(store: EditorStore, phone = false): void {
  const own = trying(store);
  own.open("test");
  if (!phone) store.select([]);
  void own.run().then(() => {
    if (phone && own.get().tried) own.go(0);
  });
}

/** Lays the warmth over the canvas and opens its legend, or takes it away. */
export function showHeat(store: EditorStore): void {
  toggleHeat(store);
  if (!heat(store).get().on) return;
  store.select([]);
  trying(store).open("people");
}

function move(store: EditorStore, by: number): void {
  const { at, tried } = trying(store).get();
  trying(store).go((at ?? (by > 0 ? -1 : (tried?.steps.length ?? 0))) + by);
}

const tried = (_: State, store: EditorStore) => (trying(store).get().tried?.steps.length ?? 0) > 0;

export const tryCommands: readonly Command[] = [
  { id: "try.run", title: "try.run", icon: "play", keys: ["T", "Ctrl Enter"], group: "try", when: filled, run: (store) => runTest(store) },
  {
    id: "try.to_here", title: "try.to_here", icon: "play", keys: ["Shift Enter"], group: "try", when: one,
    run: (store) => {
      trying(store).open("test");
      void trying(store).run({ kind: "until", node: selected(store) });
    },
  },
  {
    id: "try.only", title: "try.only", icon: "play", keys: ["Alt T"], group: "try", when: one,
    run: (store) => {
      trying(store).open("test");
      void trying(store).run({ kind: "only", node: selected(store) });
    },
  },
  {
    id: "try.pin", title: "try.pin_command", icon: "pin", keys: ["P"], group: "try", when: one,
    run: (store) => {
      const own = trying(store);
      const node = selected(store);
      const { pins, tried } = own.get();
      const step = tried?.steps[lastVisit(tried.steps, node)];
      own.open("test");
      if (pins[node]) own.pin(node, null);
      else if (step) own.pin(node, { ...(step.handle ? { handle: step.handle } : {}), output: step.output });
      else own.pin(node, { output: {} });
    },
  },
  { id: "try.next", title: "try.next", icon: "chevron-right", keys: ["."], group: "try", when: tried, run: (store) => move(store, 1) },
  { id: "try.previous", title: "try.previous", icon: "chevron-left", keys: [","], group: "try", when: tried, run: (store) => move(store, -1) },
  { id: "try.clear", title: "try.clear", icon: "x", group: "try", when: tried, run: (store) => trying(store).close() },
  {
    id: "try.runs", title: "try.show_runs", icon: "clock", group: "try",
    run: (store) => {
      store.select([]);
      trying(store).open("runs");
    },
  },
  { id: "try.heat", title: "try.heat_toggle", icon: "flame", keys: ["H"], group: "view", when: (state) => state.journey.live !== null, run: showHeat },
];
