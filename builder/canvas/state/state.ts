/** What the views watch: one immutable value. */

import { EMPTY, type History } from "../model/history";
import type { Conflict } from "../model/rebase";
import type { Catalogue, Counts, JourneyDocument, Problem, Types } from "../model/types";
import type { Journey } from "./api";
import type { Shelf } from "./keeping";
import type { SaveState } from "./queue";

/** A conflict, and who was the other. */
export interface Told extends Conflict {
  by: string;
}

export interface State {
  phase: "loading" | "failed" | "ready";
  failure: string;
  catalogue: Catalogue;
  types: Types;
  journey: Journey;
  document: JourneyDocument;
  /** "live" shows the published version, "past" what stands in `past`; neither can be changed. */
  mode: "draft" | "live" | "past";
  /** A document from somewhere else: an older state, a version, two of them with what differs. */
  past: JourneyDocument | null;
  canEdit: boolean;
  problems: Problem[];
  problem: number;
  counts: Counts;
  history: History;
  selected: ReadonlySet<string>;
  selectedEdges: ReadonlySet<string>;
  save: SaveState;
  publishing: boolean;
  published: { version: number; hooks: { [node: string]: string } } | null;
  panels: { palette: boolean; inspector: boolean; problems: boolean };
  view: "canvas" | "outline";
  help: boolean;
  /** A sentence for everyone, read out to screen readers too. */
  message: string;
  /** What we and somebody else changed at the same time, until it is settled. */
  conflicts: readonly Told[];
  /** Nodes that have to be moved into sight. */
  reveal: readonly string[];
}

export const NOTHING: State = {
  phase: "loading",
  failure: "",
  catalogue: { types: [], stages: [], fields: { customer: [], events: [] } },
  types: new Map(),
  journey: {} as Journey,
  document: { format: 1, name: "", nodes: [], edges: [] },
  mode: "draft",
  past: null,
  canEdit: true,
  problems: [],
  problem: 0,
  counts: { version: null, nodes: {} },
  history: EMPTY,
  selected: new Set(),
  selectedEdges: new Set(),
  save: { kind: "saved", at: "" },
  publishing: false,
  published: null,
  panels: { palette: true, inspector: true, problems: false },
  view: "canvas",
  help: false,
  message: "",
  conflicts: [],
  reveal: [],
};

export interface Surroundings {
  now: () => number;
  later: (ms: number, call: () => void) => () => void;
  storage: Shelf | null;
  /** The name of this open editor; a new one without it. */
  client?: string;
  /** Whether another editor is still open; null when nobody can know. */
  alive?: (client: string) => Promise<boolean | null>;
}
