/** The editor's state: one immutable value, changed by the methods below, watched by the views. */

import * as edits from "../model/edits";
import { copied, pasted, readClip } from "../model/clipboard";
import { EMPTY, record, redo, undo, type Edit, type History } from "../model/history";
import { applyWhatFits, edgeId } from "../model/ops";
import { freeId } from "../model/names";
import { errorsFirst } from "../model/problems";
import { titleOf } from "../model/sentences";
import type {
  Catalogue,
  Config,
  Counts,
  JourneyDocument,
  JourneyEdge,
  NodeType,
  Op,
  Point,
  Problem,
  Types,
} from "../model/types";
import { same } from "../model/types";
import { HasProblems, type Api, type Journey } from "./api";
import { arranged, dressed, missingPlaces } from "./geometry";
import { Refused, SaveQueue, type SaveState } from "./queue";

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
  reveal: [],
};

export interface Surroundings {
  now: () => number;
  later: (ms: number, call: () => void) => () => void;
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem"> | null;
}

export class EditorStore {
  private watchers = new Set<() => void>();
  private state: State = NOTHING;
  private queue: SaveQueue | null = null;
  private clip = "";
  /** Places found for nodes that had none: they are saved together with the first edit. */
  private invented: Op[] = [];

  constructor(
    readonly slug: string,
    readonly api: Api,
    private readonly around: Surroundings,
    canEdit = true,
  ) {
    this.state = { ...NOTHING, canEdit };
  }

  get = (): State => this.state;

  watch = (call: () => void): (() => void) => {
    this.watchers.add(call);
    return () => this.watchers.delete(call);
  };

  set = (change: Partial<State>): void => {
    this.state = { ...this.state, ...change };
    for (const call of this.watchers) call();
  };

  // --- Coming and going ------------------------------------------------------------------------

  async open(): Promise<void> {
    this.set({ phase: "loading" });
    try {
      const [catalogue, journey] = await Promise.all([this.api.catalogue(), this.api.journey()]);
      this.begin(catalogue, journey);
      await this.count();
    } catch (error) {
      this.set({ phase: "failed", failure: reason(error) });
    }
  }

  private begin(catalogue: Catalogue, journey: Journey): void {
    const types = new Map(catalogue.types.map((t) => [t.type, t]));
    const document = dressed(journey.document, types);
    this.invented = missingPlaces(journey.document, document);
    const problems = errorsFirst(journey.problems);
    this.queue?.close();
    this.queue = new SaveQueue(
      {
        send: this.api.send,
        load: this.api.journey,
        later: this.around.later,
        keep: (pending) => this.keep(pending),
        state: (save) => this.set({ save }),
        problems: (found) => this.set({ problems: errorsFirst(found), problem: 0 }),
        replaced: (fresh) => this.replaced(fresh),
      },
      journey.rev,
      journey.document,
      journey.saved_at,
    );
    const save: SaveState = { kind: "saved", at: journey.saved_at };
    this.set({
      phase: "ready", catalogue, types, journey, document, problems, save, history: EMPTY,
      selected: new Set(), selectedEdges: new Set(), mode: "draft",
    });
    this.restore();
  }

  /** Edits that an earlier visit could not send any more. */
  private restore(): void {
    const key = this.storageKey();
    const kept = this.around.storage?.getItem(key);
    if (!kept) return;
    this.around.storage?.removeItem(key);
    try {
      const { ops } = JSON.parse(kept) as { ops: Op[] };
      const { document, kept: fits } = applyWhatFits(this.state.document, ops);
      this.set({ document, message: "Changes that were kept here are back." });
      this.queue?.push(fits);
    } catch {
      this.set({ message: "Changes that were kept here could not be read, so they were left out." });
    }
  }

  private keep(pending: { base: number; ops: Op[] } | null): void {
    try {
      if (pending) this.around.storage?.setItem(this.storageKey(), JSON.stringify(pending));
      else this.around.storage?.removeItem(this.storageKey());
    } catch {
      // The browser's storage is full or shut: the edits stay in memory and are sent from there.
    }
  }

  private storageKey(): string {
    return `wayline.kept.${this.slug}`;
  }

  private replaced(document: JourneyDocument): void {
    const ids = new Set(document.nodes.map((n) => n.id));
    this.set({
      document: dressed(document, this.state.types),
      selected: new Set([...this.state.selected].filter((id) => ids.has(id))),
      message: "Someone else changed this journey too. Both changes are here now.",
    });
  }

  count = async (): Promise<void> => {
    const live = this.state.journey.live;
    if (!live) return;
    try {
      const counts = await this.api.counts();
      const none = live.document.nodes.map(({ id }) => [id, { in: 0, waiting: 0, handles: {} }] as const);
      const nodes = { ...Object.fromEntries(none), ...counts.nodes };
      if (!same(this.state.counts.nodes, nodes)) this.set({ counts: { ...counts, nodes } });
    } catch {
      // Counters are only shown; the next round asks again.
    }
  };

  retry = (): void => this.queue?.retry();
  flush = async (): Promise<boolean> => (await this.queue?.flush()) ?? true;

  /** The last word before the page goes; what cannot be sent stays kept for the next visit. */
  close = async (): Promise<void> => {
    await this.flush();
    this.queue?.close();
  };

  get unsaved(): number {
    return this.queue?.pending ?? 0;
  }

  // --- Editing ---------------------------------------------------------------------------------

  get editable(): boolean {
    return this.state.phase === "ready" && this.state.mode === "draft" && this.state.canEdit;
  }

  edit = (edit: Edit): void => {
    if (!this.editable || edit.ops.length === 0) return;
    const { document, history } = this.state;
    this.set({ ...record(document, history, edit, this.around.now()) });
    this.queue?.push([...this.invented, ...edit.ops]);
    this.invented = [];
  };

  undo = (): void => this.step(undo, "Undone");
  redo = (): void => this.step(redo, "Done again");

  private step(go: typeof undo, word: string): void {
    if (!this.editable) return;
    const { document, history } = this.state;
    const label = (go === undo ? history.done : history.undone).at(-1)?.label;
    const next = go(document, history);
    if (!next) return;
    const ids = new Set(next.document.nodes.map((n) => n.id));
    const selected = new Set([...this.state.selected].filter((id) => ids.has(id)));
    const message = `${word}: ${label}`;
    this.set({ document: next.document, history: next.history, selected, message });
    this.queue?.push(next.ops);
  }

  select = (nodes: Iterable<string>, edges: Iterable<string> = []): void => {
    const selected = new Set(nodes);
    const panels =
      selected.size === 1 ? { ...this.state.panels, inspector: true } : this.state.panels;
    this.set({ selected, selectedEdges: new Set(edges), panels });
  };

  /** Adds a node: where it was dropped, on an edge, or below the selected node. */
  add = (
    type: NodeType,
    where: { at?: Point; after?: string; by?: string; place?: Point; on?: JourneyEdge },
  ): void => {
    const { document, types, selected } = this.state;
    const one = selected.size === 1 ? [...selected][0] : undefined;
    const after = where.after ?? one;
    let added: edits.Added;
    if (where.on) added = edits.insertOn(document, where.on, type);
    else if (where.at) added = edits.addNode(document, type, where.at);
    else if (after) added = edits.addAfter(document, types, after, type, where);
    else added = edits.addNode(document, type, this.end());
    this.edit({ label: `add ${type.title}`, ops: added.ops });
    if (!this.editable) return;
    this.select([added.id]);
    this.set({ message: `${type.title} added.`, reveal: where.at ? [] : [added.id] });
  };

  private end(): Point {
    const { document } = this.state;
    const lowest = Math.max(-120, ...document.nodes.map((n) => edits.positionOf(document, n.id)[1]));
    const first = document.nodes[0];
    return [first ? edits.positionOf(document, first.id)[0] : 0, lowest + 120];
  }

  removeSelection = (): void => {
    const { document, selected, selectedEdges, types } = this.state;
    const edges = document.edges.filter((e) => selectedEdges.has(edgeId(e)));
    const ops = edits.remove(document, selected, edges);
    const notes = (document.ui?.notes ?? []).filter((n) => selected.has(n.id));
    ops.push(...notes.map((n): Op => ({ op: "note.del", id: n.id })));
    const only = document.nodes.find((n) => selected.has(n.id));
    const one = selected.size === 1 && only ? titleOf(only, types.get(only.type)) : null;
    const label = one ? `delete ${one}` : `delete ${ops.length}`;
    this.edit({ label, ops });
    if (ops.length > 0 && this.editable) {
      this.set({ selected: new Set(), selectedEdges: new Set(), message: "Deleted. Ctrl Z brings it back." });
    }
  };

  configure = (id: string, config: Config, field = ""): void => {
    const { document, types } = this.state;
    const node = document.nodes.find((n) => n.id === id);
    if (!node) return;
    const ops = edits.setConfig(document, types, node, config);
    this.edit({ label: `change ${titleOf(node, types.get(node.type))}`, ops, key: `${id}/${field}` });
  };

  connect = (edge: JourneyEdge): void => {
    const { document, types } = this.state;
    const why = edits.whyNot(document, edge, types);
    if (why) this.set({ message: why });
    else this.edit({ label: "connect", ops: edits.connect(document, edge) });
  };

  tidy = (): void => {
    const { document, types } = this.state;
    const ops = arranged(document, types);
    this.edit({ label: "tidy up", ops });
    this.set({ message: "Tidied up. Ctrl Z brings the old places back." });
  };

  addNote = (): void => {
    const { document } = this.state;
    const taken = new Set([...document.nodes, ...(document.ui?.notes ?? [])].map((n) => n.id));
    const [x, y] = this.end();
    const id = freeId("note", taken);
    this.edit({ label: "add a note", ops: [{ op: "note.set", id, text: "", position: [x + 280, y - 120] }] });
    this.select([id]);
  };

  // --- Clipboard -------------------------------------------------------------------------------

  copy = (): string | null => {
    const text = copied(this.state.document, this.state.selected);
    if (text) {
      this.clip = text;
      this.set({ message: `${this.state.selected.size} copied.` });
    }
    return text;
  };

  paste = (text: string): void => {
    const clip = readClip(text || this.clip) ?? (text ? null : readClip(this.clip));
    if (!clip || clip.nodes.length === 0) return;
    const { ops, ids } = pasted(this.state.document, clip, [40, 40], this.state.types);
    this.edit({ label: `paste ${ids.length}`, ops });
    if (!this.editable) return;
    this.select(ids);
    this.set({ message: `${ids.length} pasted.`, reveal: ids });
  };

  duplicate = (): void => {
    const text = copied(this.state.document, this.state.selected);
    if (text) this.paste(text);
  };

  // --- Problems and publishing -----------------------------------------------------------------

  /** Goes to a problem, round and round; its node is selected and moved into sight. */
  goTo = (index: number): void => {
    const { problems } = this.state;
    if (problems.length === 0) return;
    const at = ((index % problems.length) + problems.length) % problems.length;
    const node = problems[at]?.node;
    const known = node && this.state.document.nodes.some((n) => n.id === node);
    this.set({ problem: at, mode: "draft", ...(known ? { reveal: [node] } : {}) });
    this.select(known ? [node] : []);
  };

  publish = async (): Promise<void> => {
    const errors = this.state.problems.some((p) => p.severity === "error");
    if (errors && this.unsaved === 0) return this.openProblems();
    this.set({ publishing: true });
    try {
      if (!(await this.flush())) return;
      const { version, hooks } = await this.api.publish();
      const journey = await this.api.journey();
      const problems = errorsFirst(journey.problems);
      this.set({ published: { version, hooks }, journey, problems, message: `Version ${version} is live.` });
      await this.count();
    } catch (error) {
      if (error instanceof HasProblems) this.set({ problems: errorsFirst(error.problems) });
      this.set({ message: reason(error) });
      if (error instanceof HasProblems) this.openProblems();
    } finally {
      this.set({ publishing: false });
    }
  };

  private openProblems(): void {
    this.set({ panels: { ...this.state.panels, problems: true } });
    this.goTo(0);
  }
}

export function reason(error: unknown): string {
  if (error instanceof Refused) return error.message;
  return "The studio does not answer. Is Wayline running? Try again.";
}
