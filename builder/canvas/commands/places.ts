/** Where a new node can go, seen from a node, a way or a line. */

import { nextHandle } from "../model/edits";
import { exits, isPlain, strayHandles } from "../model/handles";
import { titleOf } from "../model/sentences";
import type { JourneyDocument, JourneyEdge, Point, Types } from "../model/types";
import { t } from "../words";

/** What `EditorStore.add` needs to know. */
export interface Where {
  at?: Point;
  after?: string;
  by?: string;
  place?: Point;
  on?: JourneyEdge;
}

export interface Place {
  id: string;
  label: string;
  where: Where;
}

/** What was asked: after a node (by a way), on a line, or at a place of the canvas. */
export interface Asked {
  node?: string;
  handle?: string;
  edge?: JourneyEdge;
  at?: Point;
}

/** Every place that the asked for node offers, and the one that is meant first. */
export function places(doc: JourneyDocument, types: Types, asked: Asked): { all: Place[]; first: string } {
  const name = (id: string) => {
    const node = doc.nodes.find((n) => n.id === id);
    return node ? titleOf(node, types.get(node.type)) : id;
  };
  if (asked.edge) {
    const { from, to } = asked.edge;
    const label = t("adding.between", { from: name(from), to: name(to) });
    return { all: [{ id: "on", label, where: { on: asked.edge } }], first: "on" };
  }
  const node = doc.nodes.find((n) => n.id === asked.node);
  if (!node) {
    const where: Where = asked.at ? { at: asked.at } : {};
    return { all: [{ id: "at", label: t("adding.here"), where }], first: "at" };
  }
  const known = exits(types.get(node.type), node.config);
  const all: Place[] = [];
  for (const handle of [...known, ...strayHandles(doc, node, known)]) {
    const way = isPlain(handle) ? t("adding.then") : handle.label;
    const used = doc.edges.filter((e) => e.from === node.id && e.handle === handle.name);
    const after: Where = { after: node.id, by: handle.name, ...(asked.handle && asked.at ? { place: asked.at } : {}) };
    if (used.length === 0) all.push({ id: `by ${handle.name}`, label: t("adding.by", { way, name: name(node.id) }), where: after });
    for (const edge of used) {
      const label = t("adding.before_next", { way, to: name(edge.to) });
      all.push({ id: `on ${handle.name} ${edge.to}`, label, where: { on: edge } });
    }
    if (used.length > 0) all.push({ id: `by ${handle.name}`, label: t("adding.also", { way, name: name(node.id) }), where: after });
  }
  for (const edge of doc.edges.filter((e) => e.to === node.id)) {
    const label = t("adding.between", { from: name(edge.from), to: name(node.id) });
    all.push({ id: `before ${edge.from} ${edge.handle}`, label, where: { on: edge } });
  }
  if (asked.handle) return { all, first: `by ${asked.handle}` };
  const next = nextHandle(doc, node, types);
  const line = doc.edges.find((e) => e.from === node.id && e.handle === next);
  return { all, first: line ? `on ${line.handle} ${line.to}` : `by ${next ?? ""}` };
}

export function placeOf(all: readonly Place[], id: string): Place | undefined {
  return all.find((place) => place.id === id) ?? all[0];
}
