/** What this part gives to the registry: editing, adding, going from node to node, the panels. */

import type { Command } from "../state/commands";
import type { EditorStore, State } from "../state/store";
import * as doing from "./doing";
import { chosen, focusForm, focusName, focusNode, target } from "./focus";
import { ask, findNext } from "./opening";
import { reached } from "./rework";
import { finding, panel } from "./state";
import { step, type Direction } from "./walk";

const editable = (_: State, store: EditorStore) => store.editable;
const one = (_: State, store: EditorStore) => target(store) !== null;
const editOne = (state: State, store: EditorStore) => editable(state, store) && one(state, store);
const some = (_: State, store: EditorStore) => chosen(store).size > 0;
const editSome = (state: State, store: EditorStore) => editable(state, store) && some(state, store);
const deletable = (state: State, store: EditorStore) =>
  editable(state, store) && (state.selected.size > 0 || state.selectedEdges.size > 0 || some(state, store));
const filled = (state: State) => state.document.nodes.length > 0;

const editing: Command[] = [
  { id: "edit.rename", title: "commands.rename", icon: "pencil", keys: ["F2"], group: "edit", when: editOne, run: (store) => withOne(store, (node) => focusName(node)) },
  { id: "edit.open", title: "commands.open", icon: "settings-2", keys: ["Enter"], group: "edit", when: one, run: (store) => withOne(store, () => focusForm()) },
  { id: "edit.replace", title: "commands.replace", icon: "shuffle", keys: ["R"], group: "edit", when: editOne, run: (store) => withOne(store, (node) => panel(store).set({ open: { kind: "replace", node } })) },
  { id: "edit.toggle", title: "commands.toggle", icon: "power", keys: ["D"], group: "edit", when: editSome, run: doing.toggle },
  { id: "edit.duplicate", title: "commands.duplicate", icon: "copy", keys: ["Ctrl D"], group: "edit", when: editSome, run: doing.duplicate },
  { id: "edit.copy", title: "commands.copy", icon: "copy", keys: ["Ctrl C"], native: true, group: "edit", when: some, run: (store) => void doing.copy(store) },
  { id: "edit.cut", title: "commands.cut", icon: "scissors", keys: ["Ctrl X"], native: true, group: "edit", when: editSome, run: (store) => void doing.cut(store) },
  { id: "edit.paste", title: "commands.paste", icon: "clipboard-paste", keys: ["Ctrl V"], native: true, group: "edit", when: editable, run: (store) => void doing.paste(store) },
  { id: "edit.delete", title: "commands.delete", icon: "trash-2", keys: ["Delete", "Backspace"], group: "edit", when: deletable, run: doing.remove },
  { id: "edit.delete_join", title: "commands.delete_join", icon: "merge", keys: ["Shift Delete", "Shift Backspace"], group: "edit", when: editSome, run: doing.removeJoined },
  { id: "edit.earlier", title: "commands.earlier", icon: "arrow-up", keys: ["Alt Up"], group: "edit", when: editOne, run: (store) => doing.reorder(store, "up") },
  { id: "edit.later", title: "commands.later", icon: "arrow-down", keys: ["Alt Down"], group: "edit", when: editOne, run: (store) => doing.reorder(store, "down") },
  { id: "edit.all", title: "commands.all", icon: "list-checks", keys: ["Ctrl A"], group: "edit", when: filled, run: (store) => store.select(store.get().document.nodes.map((n) => n.id)) },
  { id: "edit.following", title: "commands.following", icon: "chevron-down", keys: ["Ctrl Shift Down"], group: "edit", when: (state, store) => some(state, store) && more(store, "following"), run: (store) => doing.spread(store, "following") },
  { id: "edit.preceding", title: "commands.preceding", icon: "chevron-up", keys: ["Ctrl Shift Up"], group: "edit", when: (state, store) => some(state, store) && more(store, "preceding"), run: (store) => doing.spread(store, "preceding") },
  { id: "edit.none", title: "commands.none", icon: "x", keys: ["Esc"], group: "edit", when: (state, store) => state.selected.size > 0 || state.selectedEdges.size > 0 || finding(store).get().search !== null, run: release },
  { id: "edit.save", title: "commands.save", icon: "check", keys: ["Ctrl S"], anywhere: true, group: "edit", run: (store) => void store.flush() },
];

const adding: Command[] = [
  { id: "add.node", title: "adding.command", icon: "plus", keys: ["N"], group: "add", when: editable, run: (store) => ask(store) },
  { id: "add.connect", title: "adding.connect", icon: "waypoints", keys: ["C"], group: "add", when: editOne, run: connecting },
  { id: "add.palette", title: "adding.palette", icon: "search", keys: ["/"], group: "add", when: editable, run: palette },
];

const going: Command[] = [
  { id: "go.bar", title: "commands.bar", icon: "search", keys: ["Ctrl K"], anywhere: true, group: "go", run: (store) => panel(store).set({ open: { kind: "bar" } }) },
  { id: "go.find", title: "commands.find", icon: "search", keys: ["Ctrl F"], anywhere: true, group: "go", when: filled, run: (store) => openFind(store) },
  { id: "go.find_next", title: "commands.find_next", icon: "arrow-down", keys: ["F3"], anywhere: true, group: "go", when: filled, run: (store) => (finding(store).get().search === null ? openFind(store) : findNext(store, 1)) },
  { id: "go.find_previous", title: "commands.find_previous", icon: "arrow-up", keys: ["Shift F3"], anywhere: true, group: "go", when: filled, run: (store) => (finding(store).get().search === null ? openFind(store) : findNext(store, -1)) },
  { id: "go.problem", title: "commands.problem", icon: "triangle-alert", keys: ["F8"], anywhere: true, group: "go", when: (state) => state.problems.length > 0, run: (store) => problem(store, 1) },
  { id: "go.problem_before", title: "commands.problem_before", icon: "triangle-alert", keys: ["Shift F8"], anywhere: true, group: "go", when: (state) => state.problems.length > 0, run: (store) => problem(store, -1) },
  ...(["down", "up", "left", "right"] as const).map((way): Command => ({
    id: `go.${way}`,
    title: `commands.go_${way}`,
    icon: `arrow-${way}`,
    keys: [`Ctrl ${way.charAt(0).toUpperCase()}${way.slice(1)}`],
    group: "go",
    when: filled,
    run: (store) => walk(store, way),
  })),
];

const views: Command[] = [
  { id: "view.switch", title: "commands.switch", icon: "list", keys: ["O"], group: "view", run: switchView },
  { id: "view.palette", title: "commands.fold_palette", icon: "panel-left-open", keys: ["["], group: "view", run: (store) => fold(store, "palette") },
  { id: "view.inspector", title: "commands.fold_inspector", icon: "panel-right-open", keys: ["]"], group: "view", run: (store) => fold(store, "inspector") },
  { id: "view.keys", title: "commands.sheet", icon: "circle-help", keys: ["?"], group: "view", run: (store) => store.set({ help: true }) },
];

export const commandsList: readonly Command[] = [...editing, ...adding, ...going, ...views];

// --- How they are done -------------------------------------------------------------------------

function withOne(store: EditorStore, act: (node: string) => void): void {
  const found = target(store);
  if (!found) return;
  const { selected } = store.get();
  if (selected.size !== 1 || !selected.has(found.node)) store.select([found.node]);
  else store.set({ panels: { ...store.get().panels, inspector: true } });
  act(found.node);
}

function connecting(store: EditorStore): void {
  const found = target(store);
  if (found) panel(store).set({ open: { kind: "connect", ...found } });
}

function release(store: EditorStore): void {
  if (finding(store).get().search !== null) finding(store).set({ search: null, at: 0 });
  else store.select([]);
}

function palette(store: EditorStore): void {
  store.set({ panels: { ...store.get().panels, palette: true } });
  const focus = (frames: number) => {
    const field = document.querySelector<HTMLInputElement>('[data-testid="palette-search"]');
    if (field) field.select();
    else if (frames > 0) requestAnimationFrame(() => focus(frames - 1));
  };
  focus(20);
}

function openFind(store: EditorStore): void {
  const slice = finding(store);
  if (slice.get().search === null) slice.set({ search: "", at: 0 });
  requestAnimationFrame(() => document.querySelector<HTMLInputElement>('[data-testid="find"]')?.select());
}

function problem(store: EditorStore, step: 1 | -1): void {
  const { problem: at, selected } = store.get();
  const first = at === 0 && selected.size === 0 && step > 0;
  store.goTo(first ? 0 : at + step);
}

function more(store: EditorStore, way: "following" | "preceding"): boolean {
  const ids = chosen(store);
  return reached(store.get().document, ids, way).length > ids.size;
}

/** Where one was before going down: going up leads back there. */
const came = new WeakMap<EditorStore, Map<string, string>>();
/** Where the keys were last: Escape lets go of a node, and from there they go on. */
const last = new WeakMap<EditorStore, string>();

function walk(store: EditorStore, way: Direction): void {
  const { document: doc, types } = store.get();
  const found = target(store);
  const trail = came.get(store) ?? new Map<string, string>();
  came.set(store, trail);
  const led = new Set(doc.edges.map((e) => e.to));
  const left = doc.nodes.find((n) => n.id === last.get(store));
  const begin = (left ?? doc.nodes.find((n) => !led.has(n.id)) ?? doc.nodes[0])?.id;
  const next = found ? step(doc, types, found.node, way, trail.get(found.node)) : (begin ?? null);
  if (next === null) return found ? focusNode(found.node, 0) : undefined;
  if (found && way === "down") trail.set(next, found.node);
  if (found && (way === "left" || way === "right")) {
    const above = trail.get(found.node);
    if (above) trail.set(next, above);
  }
  last.set(store, next);
  doing.go(store, next);
}

function switchView(store: EditorStore): void {
  const one = target(store)?.node;
  store.set({ view: store.get().view === "canvas" ? "outline" : "canvas" });
  if (!one) return;
  store.set({ reveal: [one] });
  requestAnimationFrame(() => focusNode(one)); // the other view is drawn then
}

function fold(store: EditorStore, side: "palette" | "inspector"): void {
  const { panels } = store.get();
  store.set({ panels: { ...panels, [side]: !panels[side] } });
}
