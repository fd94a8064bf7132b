/** A draft may come from a file that anybody wrote: what cannot be drawn is left out of the page. */

import { isRecord, type JourneyDocument } from "./types";

const FAR = 1e7; // as the operations have it

/** The document without nodes, lines, notes and places that are none; itself when all are. */
export function sound(given: JourneyDocument): JourneyDocument {
  const doc = given as unknown as { [key: string]: unknown };
  const nodes = each(only(doc.nodes, (one) => texts(one, "id", "type")), soundNode);
  const edges = only(doc.edges, (one) => texts(one, "from", "handle", "to"));
  const ui = soundUi(doc.ui);
  const [name, about] = [doc.name, doc.about].map((one) => (one === undefined || typeof one === "string" ? one : ""));
  if (nodes === doc.nodes && edges === doc.edges && ui === doc.ui && name === doc.name && about === doc.about) return given;
  return { ...doc, nodes, edges, ui, name, about } as unknown as JourneyDocument;
}

/** A title that is no text is none, and a setup that is none is an empty one. */
function soundNode(given: unknown): unknown {
  const { title, config, ...rest } = given as { [key: string]: unknown };
  const named = title === undefined || typeof title === "string";
  const setUp = config === undefined || isRecord(config);
  if (named && setUp) return given;
  return { ...rest, ...(typeof title === "string" ? { title } : {}), config: setUp ? config : {} };
}

/** Each as it is drawn; the list itself when none of them changes. */
function each(given: readonly unknown[], change: (one: unknown) => unknown): readonly unknown[] {
  const made = given.map(change);
  return made.every((one, index) => one === given[index]) ? given : made;
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

function only(given: unknown, fits: (one: unknown) => boolean): readonly unknown[] {
  if (!Array.isArray(given)) return [];
  return given.every(fits) ? given : given.filter(fits);
}

function texts(one: unknown, ...keys: string[]): boolean {
  return isRecord(one) && keys.every((key) => typeof one[key] === "string");
}

function place(one: unknown): boolean {
  return Array.isArray(one) && one.length === 2 && one.every((n) => typeof n === "number" && Math.abs(n) < FAR);
}
