/** The event and customer of a test as fields and as JSON; pure. */

import { isRecord, type Json } from "../model/types";
import type { Given, MadeUp, Sample, Table } from "./types";

export interface Field {
  /** ["properties", "seats"] or ["customer", "attributes", "plan"]. */
  at: string[];
  label: string;
  kind: "text" | "number" | "switch";
  value: string | number | boolean;
}

const DEEPEST = 4;
const MOST_FIELDS = 40;

/** What a sample gives; a real customer is taken by id, and keeps what is known of them. */
export function givenBy(sample: Sample): Given {
  const { customer } = sample;
  if (!customer) return { properties: sample.event.properties, customer: null };
  if (sample.origin === "real" && customer.id) return { properties: sample.event.properties, customer: customer.id };
  const { id, email, attributes, consent, segments, name: _, ...more } = customer as MadeUp & Table & { name?: string };
  return {
    properties: sample.event.properties,
    customer: {
      ...(id ? { id } : {}),
      ...(email ? { email } : {}),
      ...(consent ? { consent } : {}),
      ...(segments ? { segments } : {}),
      attributes: { ...more, ...attributes } as Table,
    },
  };
}

/** The single values of what is given, each as a field of a form. */
export function fieldsOf(given: Given): Field[] {
  const found: Field[] = [];
  collect(found, ["properties"], given.properties, DEEPEST);
  if (isRecord(given.customer)) {
    const { id, email, attributes } = given.customer as MadeUp;
    collect(found, ["customer"], { ...(id ? { id } : {}), email: email ?? "" }, 1);
    collect(found, ["customer", "attributes"], attributes ?? {}, DEEPEST);
  }
  return found.slice(0, MOST_FIELDS);
}

function collect(found: Field[], at: string[], value: Json, deep: number): void {
  if (isRecord(value) && deep > 0) {
    for (const [name, inner] of Object.entries(value)) collect(found, [...at, name], inner, deep - 1);
    return;
  }
  const label = (at[0] === "properties" ? at.slice(1) : at.slice(at[1] === "attributes" ? 2 : 1)).join(".").replaceAll("_", " ");
  if (typeof value === "string") found.push({ at, label, kind: "text", value });
  if (typeof value === "number") found.push({ at, label, kind: "number", value });
  if (typeof value === "boolean") found.push({ at, label, kind: "switch", value });
}

/** The same with one value changed; what is not on the way stays the same object. */
export function withField(given: Given, at: readonly string[], value: Json): Given {
  return put(given as unknown as Table, at, value) as unknown as Given;
}

function put(table: Table, [first = "", ...rest]: readonly string[], value: Json): Table {
  const inner = table[first];
  return { ...table, [first]: rest.length ? put(isRecord(inner) ? inner : {}, rest, value) : value };
}

export function asJson(given: Given): string {
  return JSON.stringify(given, null, 2);
}

export type Read = { ok: true; given: Given } | { ok: false; kind: "json"; line: number; column: number } | { ok: false; kind: "object" | "properties" | "customer" };

/** What stands in the text, or where it is wrong. */
export function readJson(text: string): Read {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (error) {
    return { ok: false, kind: "json", ...placeOf(text, error) };
  }
  if (!isRecord(found)) return { ok: false, kind: "object" };
  const { properties = {}, customer = null } = found;
  if (!isRecord(properties)) return { ok: false, kind: "properties" };
  if (customer !== null && typeof customer !== "string" && !isRecord(customer)) return { ok: false, kind: "customer" };
  return { ok: true, given: { properties, customer: customer as Given["customer"] } };
}

/** Line and column of what a browser says about JSON: each says it in its own way, or not at all. */
function placeOf(text: string, error: unknown): { line: number; column: number } {
  const said = error instanceof Error ? error.message : "";
  const named = /line (\d+) column (\d+)/.exec(said);
  if (named) return { line: Number(named[1]), column: Number(named[2]) };
  const position = /position (\d+)/.exec(said);
  const at = position ? Number(position[1]) : brokenAt(text);
  const before = text.slice(0, at).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** Where a JSON text breaks off, found by what may follow what. */
function brokenAt(text: string): number {
  const tokens = /\s+|"(?:[^"\\\n]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\]:,]/y;
  while (tokens.lastIndex < text.length) {
    const at = tokens.lastIndex;
    if (!tokens.exec(text)) return at;
  }
  return text.length;
}
