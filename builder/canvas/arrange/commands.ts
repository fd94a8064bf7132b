/** Arranging by name or key. */

import type { Command } from "../state/commands";
import type { EditorStore, State } from "../state/store";
import { AROUND, smooth } from "../view/viewport";
import { align, chosenGroups, distribute, group, ungroup } from "./actions";
import type { Side } from "./align";
import { arranging } from "./state";
import { tidy } from "./tidy";
import { groupsOf } from "../model/groups";

const some = (least: number) => (state: State, store: EditorStore) => store.editable && state.selected.size >= least;
const inGroup = (state: State, store: EditorStore) =>
  store.editable && groupsOf(state.document).some((g) => g.nodes.some((id) => state.selected.has(id)));

const SIDES: readonly { side: Side; icon: string; key: string }[] = [
  { side: "left", icon: "align-start-vertical", key: "L" },
  { side: "centre", icon: "align-center-vertical", key: "C" },
  { side: "right", icon: "align-end-vertical", key: "R" },
  { side: "top", icon: "align-start-horizontal", key: "T" },
  { side: "middle", icon: "align-center-horizontal", key: "M" },
  { side: "bottom", icon: "align-end-horizontal", key: "B" },
];

const sides = SIDES.map(({ side, icon, key }): Command => ({
  id: `arrange.${side}`,
  title: `arrange.${side}`,
  icon,
  keys: [`Alt Shift ${key}`],
  group: "arrange",
  when: some(2),
  run: (store) => align(store, side),
}));

export const arrangeCommands: readonly Command[] = [
  {
    id: "arrange.tidy",
    title: "arrange.tidy",
    icon: "network",
    keys: ["Shift T"],
    group: "arrange",
    when: (state, store) => store.editable && state.document.nodes.length > 0,
    run: (store) => void tidy(store),
  },
  {
    id: "arrange.tidy_all",
    title: "arrange.tidy_all",
    icon: "network",
    group: "arrange",
    when: some(2),
    run: (store) => void tidy(store, new Set()),
  },
  ...sides,
  {
    id: "arrange.across",
    title: "arrange.across",
    icon: "align-horizontal-space-between",
    keys: ["Alt Shift H"],
    group: "arrange",
    when: some(3),
    run: (store) => distribute(store, "across"),
  },
  {
    id: "arrange.down",
    title: "arrange.down",
    icon: "align-vertical-space-between",
    keys: ["Alt Shift V"],
    group: "arrange",
    when: some(3),
    run: (store) => distribute(store, "down"),
  },
  { id: "arrange.group", title: "arrange.group", icon: "group", keys: ["Ctrl G"], group: "arrange", when: some(1), run: group },
  { id: "arrange.ungroup", title: "arrange.ungroup", icon: "ungroup", keys: ["Ctrl Shift G"], group: "arrange", when: inGroup, run: ungroup },
  {
    id: "arrange.rename",
    title: "arrange.rename",
    icon: "pencil",
    keys: ["Shift F2"],
    group: "arrange",
    when: (state, store) => store.editable && chosenGroups(state).length > 0,
    run: (store) => {
      const [first] = chosenGroups(store.get());
      if (!first) return;
      arranging(store).fold(first.id, false);
      arranging(store).slice.set({ naming: first.id });
    },
  },
  {
    id: "arrange.fold",
    title: "arrange.fold_now",
    icon: "layers",
    keys: ["Shift F"],
    group: "arrange",
    when: (state) => groupsOf(state.document).some((g) => g.nodes.some((id) => state.selected.has(id))),
    run: (store) => arranging(store).toggle(),
  },
  view("arrange.fit", "maximize", ["Shift 1"], (store) => arranging(store).flow?.fitView({ maxZoom: 1, padding: AROUND, duration: smooth() })),
  {
    ...view("arrange.fit_chosen", "maximize", ["Shift 2"], (store) => {
      const nodes = [...store.get().selected].map((id) => ({ id }));
      return arranging(store).flow?.fitView({ nodes, maxZoom: 1, padding: 0.2, duration: smooth() });
    }),
    when: (state) => state.selected.size > 0,
  },
  view("arrange.full", "search", ["Shift 0"], (store) => arranging(store).flow?.zoomTo(1, { duration: smooth() })),
  view("arrange.zoom_in", "plus", ["+"], (store) => arranging(store).flow?.zoomIn({ duration: smooth() })),
  view("arrange.zoom_out", "minus", ["-"], (store) => arranging(store).flow?.zoomOut({ duration: smooth() })),
];

function view(title: Command["title"], icon: string, keys: string[], run: (store: EditorStore) => unknown): Command {
  return { id: title, title, icon, keys, group: "view", when: (_, store) => arranging(store).flow !== null, run: (store) => void run(store) };
}
