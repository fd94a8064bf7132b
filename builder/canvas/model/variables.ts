/** What a text or a condition of a node may speak of: customer fields, the event, earlier steps. */

import { before } from "./graph";
import { titleOf } from "./sentences";
import { isRecord, type Fields, type JourneyDocument, type Types } from "./types";

export interface Variable {
  path: string;
  label: string;
}

export interface VariableGroup {
  title: string;
  items: Variable[];
}

export type PathScope = "run" | "arriving" | "body";

const BODY: Variable[] = [
  { path: "body.email", label: "email" },
  { path: "body.customer.id", label: "customer id" },
  { path: "body.user_id", label: "user id" },
];

export function variables(
  doc: JourneyDocument,
  types: Types,
  fields: Fields | undefined,
  id: string | null,
  scope: PathScope = "run",
): VariableGroup[] {
  if (scope === "body") return [{ title: "What is posted", items: BODY }];
  const event = eventItems(doc, types, fields, scope === "arriving" ? "entry" : "event");
  const groups: VariableGroup[] = [
    { title: "Customer", items: customerItems(fields) },
    { title: scope === "arriving" ? "The event that started it" : "Event", items: event },
  ];
  if (scope === "arriving") {
    const items = properties(doc, fields, id, "event");
    groups.unshift({ title: "The event that arrives", items });
  }
  return [...groups, ...stepItems(doc, types, id)].filter((g) => g.items.length > 0);
}

function customerItems(fields: Fields | undefined): Variable[] {
  const known = (fields?.customer ?? []).map((f) => ({
    path: f.path.startsWith("customer.") ? f.path : `customer.${f.path}`,
    label: f.label,
  }));
  const always = [
    { path: "customer.email", label: "email" },
    { path: "customer.id", label: "id" },
  ];
  return once([...known, ...always]);
}

function eventItems(
  doc: JourneyDocument,
  types: Types,
  fields: Fields | undefined,
  root: string,
): Variable[] {
  const names = doc.nodes
    .filter((n) => types.get(n.type)?.category === "trigger")
    .map((n) => eventName(n.id, n.type, n.config?.event));
  const items = names.flatMap((name) => propertiesOf(fields, name, root));
  return once([...items, { path: `${root}.name`, label: "name of the event" }]);
}

/** The name that a trigger's events bear: its own, else `webhook.<node id>` and the like. */
function eventName(id: string, type: string, named: unknown): string {
  return typeof named === "string" && named ? named : `${type.split(".").at(-1)}.${id}`;
}

function properties(
  doc: JourneyDocument,
  fields: Fields | undefined,
  id: string | null,
  root: string,
): Variable[] {
  const named = doc.nodes.find((n) => n.id === id)?.config?.event;
  return typeof named === "string" ? propertiesOf(fields, named, root) : [];
}

function propertiesOf(fields: Fields | undefined, name: string, root: string): Variable[] {
  const known = fields?.events.find((e) => e.name === name)?.properties ?? [];
  return known.map((p) => ({
    path: `${root}.properties.${p.path.replace(/^(event\.)?(properties\.)?/, "")}`,
    label: p.label,
  }));
}

function stepItems(doc: JourneyDocument, types: Types, id: string | null): VariableGroup[] {
  if (!id) return [];
  return before(doc, id).flatMap((earlier) => {
    const node = doc.nodes.find((n) => n.id === earlier);
    const type = node && types.get(node.type);
    if (!node || !type || type.category === "trigger") return [];
    const named = Object.keys(type.output?.properties ?? {});
    const own = type.output_of ? node.config?.[type.output_of] : undefined;
    const keys = [...named, ...(isRecord(own) ? Object.keys(own) : [])];
    const items = keys.map((key) => ({
      path: `steps.${earlier}.${key}`,
      label: key.replaceAll("_", " "),
    }));
    return items.length ? [{ title: titleOf(node, type), items }] : [];
  });
}

function once(items: Variable[]): Variable[] {
  return items.filter((item, i) => items.findIndex((other) => other.path === item.path) === i);
}
