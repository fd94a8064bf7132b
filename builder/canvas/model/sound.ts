/** A draft may come from a file that anybody wrote: what cannot be drawn is left out of the page. */

import { isRecord, type JourneyDocument } from "./types";

const FAR = 1e7; // as the operations have it

/** The document without nodes, lines, notes and places that are none; itself when all are. */
export function sound(given: JourneyDocument): JourneyDocument {
  const doc = given as unknown as { [key: string]: unknown };
  const nodes = only(doc.nodes, (one) => texts(one, "id", "type"));
  const edges = only(doc.edges, (one) => texts(one, "from", "handle", "to"));
  const ui = soundUi(doc.ui);
  if (nodes === doc.nodes && edges === doc.edges && ui === doc.ui) return given;
  return { ...doc, nodes, edges, ui } as unknown as JourneyDocument;
}

function soundUi(ui: unknown): unknown {
  if (ui === undefined) return ui;
  if (!isRecord(ui)) return {};
  const notes = ui.notes === undefined ? undefined : only(ui.notes, (one) => texts(one, "id", "text") && place((one as { position?: unknown }).position));
  const positions = ui.positions === undefined ? undefined : places(ui.positions);
  return notes === ui.notes && positions === ui.positions ? ui : { ...ui, notes: notes ?? [], positions: positions ?? {} };
}

function places(given: unknown): unknown {
  if (!isRecord(given)) return {};
  const all = Object.entries(given);
  const good = all.filter(([, one]) => place(one));
  return good.length === all.length ? given : Object.fromEntries(good);
}

function only(given: unknown, fits: (one: unknown) => boolean): unknown {
  if (!Array.isArray(given)) return [];
  return given.every(fits) ? given : given.filter(fits);
}

function texts(one: unknown, ...keys: string[]): boolean {
  return isRecord(one) && keys.every((key) => typeof one[key] === "string");
}

function place(one: unknown): boolean {
  return Array.isArray(one) && one.length === 2 && one.every((n) => typeof n === "number" && Math.abs(n) < FAR);
}
