/** The commands that change the journey: each is one step of undo and says what it did. */

import { readClip } from "../model/clipboard";
import { whyNot } from "../model/edits";
import { exits, isPlain } from "../model/handles";
import { titleOf } from "../model/sentences";
import type { JourneyDocument, JourneyEdge, JourneyNode, NodeType, Op } from "../model/types";
import type { EditorStore } from "../state/store";
import { listText } from "../words/formats";
import { t } from "../words";
import { chosen, focusNode, goTo, target } from "./focus";
import type { Where } from "./places";
import { joined, movedDown, movedUp, reached, replaced } from "./rework";
import { used } from "./state";

export function nodeOf(store: EditorStore, id: string | undefined): JourneyNode | undefined {
  return store.get().document.nodes.find((n) => n.id === id);
}

export function nameOf(store: EditorStore, id: string): string {
  const node = nodeOf(store, id);
  return node ? titleOf(node, store.get().types.get(node.type)) : id;
}

export function wayOf(store: EditorStore, edge: { from: string; handle: string }): string {
  const node = nodeOf(store, edge.from);
  const handle = exits(store.get().types.get(node?.type ?? ""), node?.config).find((h) => h.name === edge.handle);
  if (!handle) return edge.handle;
  return isPlain(handle) ? t("adding.then") : handle.label;
}

/** Adds a node where it was asked for, selects it and gives it the focus. */
export function add(store: EditorStore, type: NodeType, where: Where): void {
  if (!store.editable) return;
  const before = new Set(store.get().document.nodes.map((n) => n.id));
  store.add(type, where);
  used("recent", type.type);
  const fresh = store.get().document.nodes.find((n) => !before.has(n.id));
  if (!fresh) return;
  store.set({ message: addedWords(store, fresh.id, type), reveal: [fresh.id] });
  focusNode(fresh.id);
}

function addedWords(store: EditorStore, id: string, type: NodeType): string {
  const { edges } = store.get().document;
  const [into, on] = [edges.find((e) => e.to === id), edges.find((e) => e.from === id)];
  const title = type.title;
  if (into && on) return t("adding.added_between", { title, from: nameOf(store, into.from), to: nameOf(store, on.to) });
  if (into) return t("adding.added_after", { title, from: nameOf(store, into.from), way: wayOf(store, into) });
  return t("adding.added", { title });
}

export function connect(store: EditorStore, edge: JourneyEdge): void {
  const { document: doc, types } = store.get();
  if (whyNot(doc, edge, types) !== null) return store.connect(edge); // says why not
  store.connect(edge);
  const [from, to] = [nameOf(store, edge.from), nameOf(store, edge.to)];
  store.set({ message: t("adding.connected", { from, to, way: wayOf(store, edge) }) });
}

export function disconnect(store: EditorStore, edge: JourneyEdge): void {
  const { from, handle, to } = edge;
  const message = t("outline.disconnected", { from: nameOf(store, from), to: nameOf(store, to) });
  store.edit({ label: t("commands.did_disconnect"), ops: [{ op: "edge.del", from, handle, to }] });
  store.set({ message });
}

/** Another type for a node; lines that the new type has no way for are named. */
export function replace(store: EditorStore, id: string, type: NodeType): void {
  const { document: doc, types } = store.get();
  const node = nodeOf(store, id);
  if (!node || node.type === type.type) return;
  const name = nameOf(store, id);
  const { ops, dropped } = replaced(doc, types, node, type);
  const lost = dropped.map((edge) =>
    edge.from === id
      ? t("commands.lost_way", { way: wayOf(store, edge), to: nameOf(store, edge.to) })
      : t("commands.lost_entry", { from: nameOf(store, edge.from) }),
  );
  store.edit({ label: t("commands.did_replace", { name }), ops });
  if (!store.editable) return;
  used("recent", type.type);
  const message = lost.length
    ? t("commands.replaced_lost", { name, title: type.title, count: lost.length, lost: listText(lost) })
    : t("commands.replaced", { name, title: type.title });
  store.select([id]);
  store.set({ message });
  focusNode(id);
}

/** The types that can stand in a node's place. */
export function replacements(store: EditorStore, id: string): NodeType[] {
  const { types } = store.get();
  const node = nodeOf(store, id);
  const trigger = types.get(node?.type ?? "")?.category === "trigger";
  return [...types.values()].filter((type) => type.type !== node?.type && (type.category === "trigger") === trigger);
}

// --- Deleting ----------------------------------------------------------------------------------

/** Deletes what is selected, and leaves the focus at the node before. */
export function remove(store: EditorStore): void {
  if (!store.editable) return;
  const ids = chosen(store);
  const near = neighbour(store.get().document, ids);
  const focused = document.activeElement?.closest('.react-flow__node, [role="treeitem"]');
  if (store.get().selected.size === 0 && store.get().selectedEdges.size === 0 && ids.size > 0) store.select(ids);
  store.removeSelection();
  if (near && focused && !document.contains(focused)) focusNode(near);
  else if (near && focused) requestAnimationFrame(() => document.contains(focused) || focusNode(near));
}

/** Deletes the selected nodes; what led to them leads on to what came after. */
export function removeJoined(store: EditorStore): void {
  const { document: doc, types } = store.get();
  const ids = chosen(store);
  if (!store.editable || ids.size === 0) return;
  const near = neighbour(doc, ids);
  const [one] = ids;
  const name = ids.size === 1 && one ? nameOf(store, one) : t("commands.nodes", { count: ids.size });
  const ops = joined(doc, types, ids);
  const lines = ops.filter((op) => op.op === "edge.add").length;
  store.edit({ label: t("commands.did_join", { name }), ops });
  store.set({
    selected: new Set(),
    selectedEdges: new Set(),
    message: lines > 0 ? t("commands.joined", { name }) : t("commands.joined_none", { name }),
  });
  if (near) focusNode(near);
}

function neighbour(doc: JourneyDocument, ids: ReadonlySet<string>): string | undefined {
  const before = doc.edges.find((e) => ids.has(e.to) && !ids.has(e.from))?.from;
  return before ?? doc.edges.find((e) => ids.has(e.from) && !ids.has(e.to))?.to ?? doc.nodes.find((n) => !ids.has(n.id))?.id;
}

// --- Off, copies, order ------------------------------------------------------------------------

export function toggle(store: EditorStore): void {
  const { document: doc } = store.get();
  const nodes = doc.nodes.filter((n) => chosen(store).has(n.id));
  if (nodes.length === 0) return;
  const disabled = !nodes.every((n) => n.disabled);
  const [one] = nodes;
  const name = nodes.length === 1 && one ? nameOf(store, one.id) : t("commands.nodes", { count: nodes.length });
  const ops = nodes.map(({ id }): Op => ({ op: "node.disable", id, disabled }));
  store.edit({ label: t(disabled ? "commands.did_off" : "commands.did_on", { name }), ops });
  if (store.editable) store.set({ message: t(disabled ? "commands.off" : "commands.on", { name }) });
}

export function duplicate(store: EditorStore): void {
  const ids = chosen(store);
  if (!store.editable || ids.size === 0) return;
  store.select(ids);
  store.duplicate();
  const [first] = store.get().selected;
  if (first) focusNode(first);
}

/** One place earlier or later on the main way. */
export function reorder(store: EditorStore, way: "up" | "down"): void {
  const { document: doc, types } = store.get();
  const one = target(store);
  if (!one || !store.editable) return;
  const ops = (way === "up" ? movedUp : movedDown)(doc, types, one.node);
  const name = nameOf(store, one.node);
  if (!ops) return store.set({ message: t("commands.cannot_move", { name }) });
  store.edit({ label: t("commands.did_move", { name }), ops });
  const into = store.get().document.edges.find((e) => e.to === one.node);
  store.set({ message: t("commands.moved", { name, after: into ? nameOf(store, into.from) : "" }) });
  focusNode(one.node);
}

/** Selects what comes after the selected nodes, or before them. */
export function spread(store: EditorStore, way: "following" | "preceding"): void {
  const found = reached(store.get().document, chosen(store), way);
  store.select(found);
  store.set({ message: t("commands.selected", { count: found.length }) });
}

/** Goes to a node and says its name, which a screen reader would not do for a mere selection. */
export function go(store: EditorStore, id: string): void {
  goTo(store, id);
  store.set({ message: nameOf(store, id) });
}

// --- Clipboard without the browser's own keys --------------------------------------------------

/** Copies by the system's clipboard, and where that is shut, inside of this page. */
export async function copy(store: EditorStore): Promise<void> {
  if (store.get().selected.size === 0) store.select(chosen(store));
  const text = store.copy();
  if (text) await navigator.clipboard?.writeText(text).catch(() => undefined);
}

export async function cut(store: EditorStore): Promise<void> {
  await copy(store);
  remove(store);
}

export async function paste(store: EditorStore): Promise<void> {
  pasteText(store, (await navigator.clipboard?.readText().catch(() => "")) ?? "");
}

/** Pastes a copied part or a journey's file; any other text is answered with a sentence. */
export function pasteText(store: EditorStore, text: string): void {
  if (!store.editable) return;
  if (text.trim() && !readClip(text)?.nodes.length && !readClip(text)?.notes.length) {
    return store.set({ message: t("commands.not_a_clip") });
  }
  const before = store.get().document;
  store.paste(text);
  if (store.get().document === before) store.set({ message: t("commands.empty_clip") });
  const [first] = store.get().selected;
  if (first && store.get().document !== before) focusNode(first);
}
