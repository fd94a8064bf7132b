/** A studio in memory for one or more save queues: their clock and network are in the test's hands. */

import type { Batch, Kept } from "../../builder/canvas/state/keeping";
import { Refused, SaveQueue, type Current, type Made, type Merged, type Outside, type Saved, type SaveState, type Since } from "../../builder/canvas/state/queue";
import { applyOps, OperationRefused } from "../../builder/canvas/model/ops";
import type { Conflict } from "../../builder/canvas/model/rebase";
import type { JourneyDocument, Op } from "../../builder/canvas/model/types";

const AT = "2026-01-01T00:00:00Z";

/** What the server holds: as `runtime/facade/edits.py` does it. */
export class Store {
  made: Made[] = [];
  private answered = new Map<string, Saved>();

  constructor(
    public document: JourneyDocument,
    public rev = 1,
  ) {}

  edit(batch: Batch, name = "Maya"): Saved {
    const key = `${batch.client} ${batch.seq}`;
    const known = this.answered.get(key);
    if (known) return known;
    let after: JourneyDocument;
    try {
      after = applyOps(this.document, batch.ops);
    } catch (error) {
      if (error instanceof OperationRefused) throw new Refused(error.message, 409);
      throw error;
    }
    const since = this.made.filter((one) => one.rev > batch.base);
    this.document = after;
    this.rev += 1;
    this.made.push({ rev: this.rev, at: AT, person: { id: name, name }, label: batch.label, ops: batch.ops });
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
