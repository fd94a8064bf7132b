/** What a person does with places and groups, as edits. */

import { groupsOf } from "../model/groups";
import { freeId } from "../model/names";
import type { Box } from "../model/routing";
import { GRID, WIDTH } from "../model/size";
import type { Group, JourneyDocument, Note, Op, Point } from "../model/types";
import { boxOf, shapes } from "../state/geometry";
import type { EditorStore, State } from "../state/store";
import { t } from "../words";
import { aligned, spread, type Along, type Side } from "./align";
import { arranging } from "./state";
import { glide } from "./tidy";

/** The nodes and notes that are selected. */
export function chosenNotes(state: State): Note[] {
  return (state.document.ui?.notes ?? []).filter((n) => state.selected.has(n.id));
}

/** The groups all of whose nodes are selected. */
export function chosenGroups(state: State): Group[] {
  return groupsOf(state.document).filter((g) => g.nodes.every((id) => state.selected.has(id)));
}

function place(doc: JourneyDocument, id: string): Point {
  return doc.ui?.positions?.[id] ?? [0, 0];
}

/** The moves of nodes and notes by so much each. */
export function movedBy(doc: JourneyDocument, by: ReadonlyMap<string, Point>): Op[] {
  return [...by].flatMap(([id, [dx, dy]]): Op[] => {
    const note = doc.ui?.notes?.find((n) => n.id === id);
    if (note) return [{ op: "note.set", ...note, position: [note.position[0] + dx, note.position[1] + dy] }];
    if (!doc.nodes.some((n) => n.id === id)) return [];
    const [x, y] = place(doc, id);
    return [{ op: "node.move", id, position: [x + dx, y + dy] }];
  });
}

/** Moves the selection by steps of the grid; steps that follow each other are one edit. */
export function nudge(store: EditorStore, [right, down]: Point, far: boolean): void {
  const { document, selected } = store.get();
  const step = GRID * (far ? 5 : 1);
  const by = new Map([...selected].map((id) => [id, [right * step, down * step] as Point]));
  store.edit({ label: t("arrange.did_move"), ops: movedBy(document, by), key: `nudge/${[...selected].join()}` });
}

function chosenBoxes(store: EditorStore): Box[] {
  const { document, selected, types } = store.get();
  const all = shapes(document, types);
  const nodes = document.nodes.filter((n) => selected.has(n.id)).flatMap((n) => {
    const shape = all.get(n.id);
    return shape ? [boxOf(n.id, place(document, n.id), shape)] : [];
  });
  const notes = chosenNotes(store.get()).map(({ id, position: [x, y], size }): Box => {
    const [width, height] = size ?? [WIDTH, 64];
    return { id, x: x + (WIDTH - width) / 2, y, width, height };
  });
  return [...nodes, ...notes];
}

export function align(store: EditorStore, side: Side): void {
  arrangeBy(store, aligned(chosenBoxes(store), side), t("arrange.did_align"));
}

export function distribute(store: EditorStore, along: Along): void {
  arrangeBy(store, spread(chosenBoxes(store), along), t("arrange.did_spread"));
}

function arrangeBy(store: EditorStore, by: Map<string, Point>, label: string): void {
  const ops = movedBy(store.get().document, by);
  if (ops.length === 0) return store.set({ message: t("arrange.tidy_already") });
  glide(store);
  store.edit({ label, ops });
}

/** A frame around the selected nodes; its name is asked for at once. */
export function group(store: EditorStore): void {
  const { document, selected } = store.get();
  const nodes = document.nodes.filter((n) => selected.has(n.id)).map((n) => n.id);
  if (nodes.length === 0 || !store.editable) return;
  const groups = groupsOf(document);
  const taken = new Set([...document.nodes, ...(document.ui?.notes ?? []), ...groups].map((one) => one.id));
  const id = freeId("group", taken);
  const title = t("arrange.new_group", { number: groups.length + 1 });
  store.edit({ label: t("arrange.did_group"), ops: [{ op: "group.set", id, title, nodes }] });
  store.set({ message: t("arrange.grouped") });
  arranging(store).slice.set({ naming: id });
}

/** Takes the frames away of all groups that are selected, or that a selected node is in. */
export function ungroup(store: EditorStore): void {
  const state = store.get();
  const touched = groupsOf(state.document).filter((g) => g.nodes.some((id) => state.selected.has(id)));
  store.edit({ label: t("arrange.did_ungroup"), ops: touched.map((g): Op => ({ op: "group.del", id: g.id })) });
}

/** Another colour for the selected groups, or for the selected notes when there are only those. */
export function paint(store: EditorStore, color: number): void {
  const state = store.get();
  const groups = chosenGroups(state).map((g): Op => ({ op: "group.set", ...g, color }));
  const notes = chosenNotes(state).map((n): Op => ({ op: "note.set", ...n, color }));
  store.edit({ label: t("arrange.did_color"), ops: [...groups, ...notes] });
}
