/** Tidying up: places for all nodes or for the chosen ones, as one edit that can be taken back. */

import type { JourneyDocument, Op, Point, Types } from "../model/types";
import { same } from "../model/types";
import { layout } from "../model/layout";
import { boxOf, facts, shapes } from "../state/geometry";
import type { EditorStore } from "../state/store";
import { t } from "../words";
import { elkGraph, placesOf } from "./elk";
import { laidOut } from "./laying";
import { roomFor } from "./room";
import { arranging } from "./state";

const GLIDE = 240; // milliseconds, as css/arrange.css has it

/** Tidies the chosen nodes when there are two or more, else all of them. */
export async function tidy(store: EditorStore, wanted?: ReadonlySet<string>): Promise<void> {
  const feature = arranging(store);
  if (!store.editable || feature.slice.get().busy) return;
  const { document, types, selected } = store.get();
  const chosen = wanted ?? selected;
  const some = document.nodes.filter((n) => chosen.has(n.id)).map((n) => n.id);
  const ids = some.length > 1 && some.length < document.nodes.length ? new Set(some) : null;
  const part = ids ? partOf(document, ids) : document;
  feature.slice.set({ busy: true });
  const about = facts(part, types);
  const laid = await laidOut(elkGraph(part, about));
  feature.slice.set({ busy: false });
  if (!store.editable) return;
  const places = laid ? placesOf(laid) : layout(part, about);
  const ops = moves(store.get().document, types, places, ids);
  if (ops.length === 0) return store.set({ message: t("arrange.tidy_already") });
  glide(store);
  store.edit({ label: t(ids ? "arrange.did_tidy_some" : "arrange.did_tidy"), ops });
  const [one] = selected.size === 1 ? selected : chosen.size === 1 ? chosen : []; // it is not lost from sight
  store.set({ message: t("arrange.tidied"), reveal: one ? [one] : [] });
}

function partOf(doc: JourneyDocument, ids: ReadonlySet<string>) {
  return {
    nodes: doc.nodes.filter((n) => ids.has(n.id)),
    edges: doc.edges.filter((e) => ids.has(e.from) && ids.has(e.to)),
  };
}

/** The moves to the places found, for nodes that are still there; a part finds room among the rest. */
export function moves(
  doc: JourneyDocument,
  types: Types,
  places: { [id: string]: Point },
  ids: ReadonlySet<string> | null,
): Op[] {
  const now = (id: string): Point => doc.ui?.positions?.[id] ?? [0, 0];
  const there = doc.nodes.filter((n) => n.id in places).map((n) => n.id);
  let by: Point = [0, 0];
  if (ids && there.length) {
    const all = shapes(doc, types);
    const box = (id: string, place: Point) => {
      const shape = all.get(id);
      return shape ? [boxOf(id, place, shape)] : [];
    };
    const anchor: Point = [Math.min(...there.map((id) => now(id)[0])), Math.min(...there.map((id) => now(id)[1]))];
    const others = doc.nodes.filter((n) => !ids.has(n.id)).flatMap((n) => box(n.id, now(n.id)));
    by = roomFor(there.flatMap((id) => box(id, places[id] ?? [0, 0])), others, anchor);
  }
  return there.flatMap((id): Op[] => {
    const [x, y] = places[id] ?? [0, 0];
    const position: Point = [x + by[0], y + by[1]];
    return same(position, doc.ui?.positions?.[id]) ? [] : [{ op: "node.move", id, position }];
  });
}

/** For a moment places change so that the eye can follow (css/arrange.css). */
export function glide(store: EditorStore): void {
  const { slice } = arranging(store);
  slice.set({ gliding: true });
  setTimeout(() => slice.set({ gliding: false }), GLIDE);
}
