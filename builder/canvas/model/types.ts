/** What the editor works with: the journey document, the catalogue of node types, problems. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Config = { [field: string]: Json };
export type Point = readonly [number, number];

export interface JourneyNode {
  id: string;
  type: string;
  version?: number;
  title?: string;
  disabled?: boolean;
  config?: Config;
}

export interface JourneyEdge {
  from: string;
  handle: string;
  to: string;
}

export interface Note {
  id: string;
  text: string;
  position: Point;
  /** Without them it is yellow, and as large as its text needs. */
  color?: number;
  size?: Point;
}

/** Nodes with a frame and a title around them; folded up they are drawn as one card. */
export interface Group {
  id: string;
  title: string;
  nodes: readonly string[];
  collapsed?: boolean;
  color?: number;
}

export interface JourneyDocument {
  format: number;
  name: string;
  about?: string;
  stage?: string;
  settings?: Config;
  nodes: JourneyNode[];
  edges: JourneyEdge[];
  ui?: { positions?: { [id: string]: Point }; notes?: Note[]; groups?: Group[]; [key: string]: unknown };
}

export type Category = "trigger" | "ai" | "logic" | "action";

/** A handle that stands in the type, or one for each item of a list in the config. */
export type HandleSpec =
  | { name: string; label?: string; hoped?: boolean; folded?: boolean }
  | { field: string; key: string };

export interface Handle {
  name: string;
  label: string;
  hoped: boolean;
  folded: boolean;
}

export interface FieldHint {
  kind: string;
  label?: string;
  help?: string;
  placeholder?: string;
  group?: string;
  /** Shown only while these fields of the same object have one of these values. */
  when?: { [field: string]: Json[] };
  multiline?: boolean;
  scope?: string;
  of?: string;
  category?: string;
  options?: { [value: string]: string };
  signed?: boolean;
  /** A text of several lines that may stand in the document as a list of them. */
  lines?: boolean;
}

export interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: Json;
  enum?: Json[];
  const?: Json;
  anyOf?: Schema[];
  properties?: { [field: string]: Schema };
  required?: string[];
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  pattern?: string;
  not?: { enum?: string[] };
  "x-field"?: FieldHint;
}

export interface NodeType {
  type: string;
  version: number;
  category: Category;
  title: string;
  icon: string;
  summary: string;
  help: string;
  sentences: string[];
  handles: HandleSpec[];
  config_schema: Schema;
  output?: Schema;
  output_of?: string | null;
  credential?: string | null;
  waits?: boolean;
  examples?: { title?: string; config?: Config; result?: { [name: string]: Json } }[];
}

export type Types = ReadonlyMap<string, NodeType>;

export interface FieldChoice {
  path: string;
  label: string;
  sample?: Json;
  /** What it holds, and a few values that were seen, the latest first. */
  kind?: "text" | "number" | "yesno" | "date" | "list" | "any";
  samples?: Json[];
}

export interface EventChoice {
  name: string;
  properties: FieldChoice[];
}

export interface Fields {
  customer: FieldChoice[];
  events: EventChoice[];
  /** Names of the segments that customers are in. */
  segments?: string[];
}

export interface Catalogue {
  types: NodeType[];
  stages: { name: string; title: string }[];
  fields: Fields;
  /** Names of the credentials there are, never their secrets. */
  credentials?: { name: string; kind: string }[];
}

export interface Problem {
  node: string | null;
  path: string;
  severity: "error" | "warning";
  message: string;
  code: string;
  /** What mends it: the operations, with words for the button. */
  fix?: ({ label?: string; ops?: Op[] } & Partial<Op>) | null;
  /** All that mend it, `fix` the first of them. */
  fixes?: Fix[];
}

export interface Fix {
  label: string;
  ops: Op[];
}

export interface Counts {
  version: number | null;
  nodes: {
    [id: string]: { in: number; waiting: number; handles: { [name: string]: number } };
  };
}

/** What a person did, as one step of undo; edits with one `key` that follow each other are one. */
export interface Edit {
  label: string;
  ops: Op[];
  key?: string;
}

/** The named, pure edits of a document; `runtime/journey/operations.py` carries out the same. */
export type Op =
  | { op: "node.add"; node: JourneyNode; position?: Point; at?: number }
  | { op: "node.move"; id: string; position: Point }
  | { op: "node.del"; id: string }
  | { op: "node.set"; id: string; config: Config }
  | { op: "node.patch"; id: string; set?: Config; unset?: string[] }
  | { op: "node.type"; id: string; type: string; version?: number; config: Config }
  | { op: "node.title"; id: string; title: string }
  | { op: "node.disable"; id: string; disabled: boolean }
  | { op: "edge.add"; from: string; handle: string; to: string; at?: number }
  | { op: "edge.del"; from: string; handle: string; to: string }
  | { op: "doc.set"; name?: string; about?: string | null; stage?: string | null; settings?: Config | null }
  | ({ op: "note.set" } & Note)
  | { op: "note.del"; id: string }
  | ({ op: "group.set" } & Group)
  | { op: "group.del"; id: string }
  | { op: "doc.replace"; document: JourneyDocument };

export function isRecord(value: unknown): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Deep equality of JSON values; the order of an object's keys does not matter. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => same(item, b[i]));
  }
  if (!isRecord(a) || !isRecord(b)) return false;
  const keys = Object.keys(a).filter((k) => a[k] !== undefined);
  const others = Object.keys(b).filter((k) => b[k] !== undefined);
  return keys.length === others.length && keys.every((k) => k in b && same(a[k], b[k]));
}
