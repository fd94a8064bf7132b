/**
 * What a text may speak of before anything has come in: the fields by which customers are named
 * everywhere in Wayline, what the draft speaks of elsewhere, and the examples of the node types.
 */

import { isRecord, type Json, type JourneyDocument, type NodeType, type Types } from "./types";

/** Fields of a customer that a first journey is written with; a name is made of the first ones. */
export const USUAL = ["first_name", "last_name", "name", "company", "phone"] as const;

/** The paths below `root` ("customer", "event.properties") in the nodes of the draft but this one: what
 * stands in the text that is being written may be a slip. */
export function spokenOf(doc: JourneyDocument, root: string, except: string | null): string[] {
  const path = new RegExp(`\\b${root.replace(".", "\\.")}((?:\\.[A-Za-z0-9_-]+)+)`, "g");
  const found = new Set<string>();
  for (const node of doc.nodes) {
    if (node.id === except) continue;
    for (const text of texts(node.config)) for (const [, rest = ""] of text.matchAll(path)) found.add(rest.slice(1));
  }
  return [...found];
}

function texts(value: Json | undefined): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(texts);
  return isRecord(value) ? Object.values(value).flatMap(texts) : [];
}

/** The properties of the event that the example of a trigger gives, with their values. */
export function exampleOf(type: NodeType | undefined): { [name: string]: Json } {
  for (const example of type?.examples ?? []) {
    const output = example.result?.output;
    const given = isRecord(output) ? output.properties : undefined;
    if (isRecord(given) && Object.keys(given).length) return given;
  }
  return {};
}

/** The same of the triggers that are at work in this journey. */
export function examples(doc: JourneyDocument, types: Types): { [name: string]: Json } {
  const triggers = doc.nodes.map((n) => (n.disabled ? undefined : types.get(n.type))).filter((type) => type?.category === "trigger");
  return Object.assign({}, ...triggers.map(exampleOf)) as { [name: string]: Json };
}
