/** A studio in memory for one or more save queues: their clock and network are in the test's hands. */

import { Api } from "../../builder/canvas/state/api";
import type { Batch, Kept, Shelf } from "../../builder/canvas/state/keeping";
import { Refused, SaveQueue, type Current, type Made, type Merged, type Outside, type Saved, type SaveState, type Since } from "../../builder/canvas/state/queue";
import { EditorStore } from "../../builder/canvas/state/store";
import { applyOps, OperationRefused, patch } from "../../builder/canvas/model/ops";
import { onto } from "../../builder/canvas/model/merging";
import type { Conflict } from "../../builder/canvas/model/rebase";
import type { JourneyDocument, Op } from "../../builder/canvas/model/types";
import { journey, node, TYPES } from "./fixtures";

const AT = "2026-01-01T00:00:00Z";

/** Three nodes in a line; no test changes it. */
export const LINE = journey([node("a", "t.begin"), node("b"), node("c")], ["a>b", "b>c"]);
export const set = (id: string, values: { [field: string]: string | undefined }): Op => patch(id, values);

/** What the server holds: as `runtime/facade/edits.py` does it. */
export class Store {
  made: Made[] = [];
  private answered = new Map<string, Saved>();
  private pasts = new Map<number, JourneyDocument>();

  constructor(
    public document: JourneyDocument,
    public rev = 1,
  ) {
    this.pasts.set(rev, document);
  }

  past(rev: number): JourneyDocument {
    const found = this.pasts.get(rev);
    if (!found) throw new Error(`There is no revision ${rev}.`);
    return found;
  }

  edit(batch: Batch, name = "Maya"): Saved {
    const key = `${batch.client} ${batch.seq}`;
    const known = this.answered.get(key);
    if (known) return known;
    let after: JourneyDocument;
    let ops: Op[];
    try {
      const base = batch.base < this.rev ? this.pasts.get(batch.base) : undefined;
      ops = base ? [...onto(base, this.document, batch.ops)] : batch.ops;
      after = applyOps(this.document, ops);
    } catch (error) {
      if (error instanceof OperationRefused) throw new Refused(error.message, 409);
      throw error;
    }
    const since = this.made.filter((one) => one.rev > batch.base);
    this.document = after;
    this.rev += 1;
    this.pasts.set(this.rev, after);
    this.made.push({ rev: this.rev, at: AT, person: { id: name, name }, label: batch.label, ops });
    const stale = batch.base !== this.rev - 1;
    const answer = { rev: this.rev, saved_at: AT, problems: [], ...(stale ? { document: after, since } : {}) };
    this.answered.set(key, answer);
    return answer;
  }

  since(rev: number): Since {
    return { rev: this.rev, edits: this.made.filter((one) => one.rev > rev), problems: [], saved_at: AT };
  }
}

export class Back implements Outside {
  batches: Batch[] = [];
  states: SaveState[] = [];
  kept: Kept | null = null;
  /** The document as it was shown after others had edited. */
  shown: JourneyDocument | null = null;
  merges: Merged[] = [];
  pauses: number[] = [];
  /** What goes wrong with the next sends. */
  faults: ("lost" | "down" | Refused)[] = [];
  readonly store: Store;
  private timers: (() => void)[] = [];
  private held: (() => void)[] | null = null;

  constructor(start: JourneyDocument | Store) {
    this.store = start instanceof Store ? start : new Store(start);
  }

  get document(): JourneyDocument {
    return this.store.document;
  }

  get rev(): number {
    return this.store.rev;
  }

  get conflicts(): readonly Conflict[] {
    return this.merges.flatMap((merge) => merge.conflicts);
  }

  send = async (batch: Batch): Promise<Saved> => {
    const fault = this.faults.shift();
    if (fault === "down") throw new TypeError("no network");
    if (fault instanceof Refused) throw fault;
    this.batches.push(batch);
    await this.wait();
    const answer = this.store.edit(structuredClone(batch));
    if (fault === "lost") throw new TypeError("the answer went astray");
    return structuredClone(answer);
  };

  since = async (rev: number): Promise<Since> => {
    await this.wait();
    return structuredClone(this.store.since(rev));
  };

  load = async (): Promise<Current> =>
    structuredClone({ rev: this.rev, saved_at: AT, problems: [], document: this.document });

  later = (ms: number, call: () => void) => {
    this.pauses.push(ms);
    this.timers.push(call);
    return () => {
      this.timers = this.timers.filter((timer) => timer !== call);
    };
  };

  keep = (pending: Kept | null) => {
    this.kept = pending;
  };
  state = (state: SaveState) => this.states.push(state);
  problems = () => undefined;
  merged = (document: JourneyDocument, what: Merged) => {
    this.shown = document;
    this.merges.push(what);
  };

  /** Someone else edits. */
  someone(ops: Op[]): void {
    this.store.edit({ client: "someone", seq: this.rev, base: this.rev, label: "", ops });
  }

  /** From now on answers wait for `release`. */
  hold(): void {
    this.held = [];
  }

  async release(): Promise<void> {
    const held = this.held ?? [];
    this.held = null;
    for (const go of held) go();
    await settled();
  }

  private async wait(): Promise<void> {
    if (this.held) await new Promise<void>((go) => this.held?.push(go));
  }

  /** Lets time pass: every timer that stands now goes off, and what follows settles. */
  async pass(): Promise<void> {
    const due = this.timers;
    this.timers = [];
    for (const call of due) call();
    await settled();
  }
}

export async function settled(): Promise<void> {
  for (let i = 0; i < 60; i += 1) await Promise.resolve();
}

export function queueOf(back: Back, client = "tab-one"): SaveQueue {
  return new SaveQueue(back, back.rev, back.document, AT, client);
}

/** An editor without a browser, on a studio that others work with, too. */
export class Desk {
  readonly store: EditorStore;
  /** What happens to the next requests that save: they are not heard, or their answer is not. */
  faults: ("lost" | "down")[] = [];
  private timers: (() => void)[] = [];

  constructor(
    readonly back: Store,
    readonly name: string,
    shelf: Shelf | null = null,
    readonly open: Set<string> = new Set(),
  ) {
    let now = 0;
    this.store = new EditorStore("s", new Api("s", this.call), {
      now: () => (now += 10_000),
      later: (_, call) => {
        this.timers.push(call);
        return () => {
          this.timers = this.timers.filter((timer) => timer !== call);
        };
      },
      storage: shelf,
      client: name,
      alive: async (client) => open.has(client),
    });
    open.add(name);
  }

  async pass(): Promise<void> {
    const due = this.timers;
    this.timers = [];
    for (const call of due) call();
    await settled();
  }

  /** Until everything is saved, and everything of the others is here. */
  async quiet(): Promise<void> {
    this.faults = [];
    for (let i = 0; i < 20; i += 1) {
      this.store.heard(this.back.rev);
      await this.pass();
    }
  }

  private call = async (path: string, init: RequestInit): Promise<Response> => {
    const json = (body: unknown, status = 200) =>
      new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
    const { document, rev } = this.back;
    if (path.endsWith("/catalogue")) {
      return json({ types: [...TYPES.values()], stages: [], fields: { customer: [], events: [] } });
    }
    if (path.includes("/edits?after=")) return json(this.back.since(Number(path.split("=")[1])));
    if (path.includes("/history/")) return json({ document: this.back.past(Number(path.split("/").at(-1))) });
    if (path.endsWith("/ops")) {
      const fault = this.faults.shift();
      if (fault === "down") throw new TypeError("no network");
      try {
        const answer = this.back.edit(JSON.parse(String(init.body)) as Batch, this.name);
        if (fault === "lost") throw new TypeError("the answer went astray");
        return json(answer);
      } catch (error) {
        if (error instanceof Refused) return json({ detail: error.message }, error.status);
        throw error;
      }
    }
    return json({
      slug: "s", id: "1", name: "A journey", state: "draft", rev, saved_at: AT, document,
      problems: [], live: null, versions: [], hooks: {},
    });
  };
}

/** Two open editors of one draft. */
export async function pair(start: JourneyDocument) {
  const back = new Store(structuredClone(start));
  const [one, two] = [new Desk(back, "tab-one"), new Desk(back, "tab-two")];
  for (const desk of [one, two]) await desk.store.open();
  return { back, one, two };
}

/** The browser's storage; two tabs share what is stored. */
export function shelf(stored = new Map<string, string>()) {
  return {
    stored,
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
    removeItem: (key: string) => void stored.delete(key),
    keys: () => [...stored.keys()],
  };
}
