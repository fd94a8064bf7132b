/** Opens the add panel where it was asked for, and goes through what was found. */

import { outline } from "../model/outline";
import { sentenceOf, titleOf } from "../model/sentences";
import type { Config, JourneyDocument, Json, Types } from "../model/types";
import { isRecord } from "../model/types";
import { decor } from "../state/decor";
import type { EditorStore } from "../state/store";
import { t } from "../words";
import { elementOf, target } from "./focus";
import { plain } from "./fuzzy";
import type { Asked } from "./places";
import { finding, panel, type Spot } from "./state";

/** Asks for a node to add: what was asked, else after the node that has the focus. */
export function ask(store: EditorStore, asked?: Asked, spot?: Spot): void {
  if (!store.editable) return;
  const wanted: Asked = asked ?? target(store) ?? {};
  panel(store).set({ open: { kind: "add", asked: wanted, spot: spot ?? spotOf(wanted) } });
}

function spotOf({ node, handle }: Asked): Spot | null {
  const row = handle && document.activeElement?.closest<HTMLElement>("[data-handle]");
  const port = handle && document.querySelector(`[data-testid="handle-${CSS.escape(node ?? "")}-${CSS.escape(handle)}"]`);
  const box = (row || port || (node ? elementOf(node) : null))?.getBoundingClientRect();
  return box ? { x: box.left, y: box.bottom + 4 } : null;
}

// --- Finding -----------------------------------------------------------------------------------

/** The nodes in which a text stands, in the order in which the journey is told. */
export function found(doc: JourneyDocument, types: Types, search: string): string[] {
  const wanted = plain(search.trim());
  if (!wanted) return [];
  const hits = new Set<string>();
  for (const node of doc.nodes) {
    const type = types.get(node.type);
    const parts = [titleOf(node, type), sentenceOf(node, type), node.id, node.type, type?.title ?? "", ...texts(node.config ?? {})];
    if (parts.some((part) => plain(part).includes(wanted))) hits.add(node.id);
  }
  const told = outline(doc, types).filter((item) => item.kind === "node" && hits.has(item.id));
  return told.map((item) => item.id);
}

/** Everything that was typed into a form, and the names of its fields. */
function texts(value: Config | Json): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number" || typeof value === "boolean") return [String(value)];
  if (Array.isArray(value)) return value.flatMap(texts);
  return isRecord(value) ? Object.entries(value).flatMap(([name, inner]) => [name, ...texts(inner)]) : [];
}

/** Marks what was found, on the canvas and in the outline; nothing to find takes the marks away. */
export function mark(store: EditorStore, ids: readonly string[], current: number): void {
  const says = (i: number) => t("commands.found_here", { at: i + 1, count: ids.length });
  const nodes = new Map(ids.map((id, i) => [id, { tone: "found" as const, ...(i === current ? { says: says(i) } : {}) }]));
  decor(store).put("find", nodes.size > 0 ? { nodes } : null);
}

/** The next (or previous) place, round and round. */
export function findNext(store: EditorStore, step: 1 | -1 | 0): void {
  const slice = finding(store);
  const { search, at } = slice.get();
  const { document: doc, types } = store.get();
  const ids = found(doc, types, search ?? "");
  if (ids.length === 0) return mark(store, [], 0);
  const next = (at + step + ids.length) % ids.length;
  slice.set({ at: next });
  mark(store, ids, next);
  const id = ids[next];
  if (!id) return;
  store.select([id]);
  store.set({ reveal: [id] });
}
