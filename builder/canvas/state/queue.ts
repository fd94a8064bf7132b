/**
 * Saves edits one batch after the other. Nothing is lost: what could not be sent is kept, in the
 * browser's storage too, and sent again; an answer that went astray is looked up, not repeated.
 */

import { applyOps, applyWhatFits } from "../model/ops";
import { same, type JourneyDocument, type Op, type Problem } from "../model/types";

export interface Saved {
  rev: number;
  saved_at: string;
  problems: Problem[];
  document?: JourneyDocument;
}

export interface Current {
  rev: number;
  saved_at: string;
  problems: Problem[];
  document: JourneyDocument;
}

/** The server gave an answer, and it was no. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

export type SaveState =
  | { kind: "saved"; at: string }
  | { kind: "saving"; changes: number }
  | { kind: "offline"; changes: number }
  | { kind: "refused"; changes: number; message: string; signedOut: boolean };

export interface Outside {
  send(base: number, seq: number, ops: Op[]): Promise<Saved>;
  load(): Promise<Current>;
  /** Calls back after some milliseconds; gives a function that calls it off. */
  later(ms: number, call: () => void): () => void;
  keep(pending: { base: number; ops: Op[] } | null): void;
  state(state: SaveState): void;
  problems(problems: Problem[]): void;
  /** The document that stands on the server differs from ours: this one is the new truth. */
  replaced(document: JourneyDocument): void;
}

const TOGETHER = 300; // milliseconds in which edits are gathered
const MOST = 500; // operations in one request
const PAUSES = [1_000, 2_000, 5_000, 10_000, 30_000];

export class SaveQueue {
  private waiting: Op[] = [];
  private flying: Op[] = [];
  private failures = 0;
  private stopped = false;
  private unsure = false; // the last request went out, and no answer came
  private calloff: (() => void) | null = null;
  private seq = 0;
  private idle: (() => void)[] = [];
  private at: string;

  /** `document` is what stands on the server at `rev`. */
  constructor(
    private readonly out: Outside,
    private rev: number,
    private document: JourneyDocument,
    savedAt: string,
  ) {
    this.at = savedAt;
  }

  get pending(): number {
    return this.waiting.length + this.flying.length;
  }

  push(ops: readonly Op[]): void {
    if (ops.length === 0) return;
    this.waiting = joined(this.waiting, ops);
    this.report();
    this.keep();
    if (!this.flying.length && !this.calloff) this.schedule(TOGETHER);
  }

  /** Sends what waits now; resolves when everything is saved, or with false when it cannot be. */
  async flush(): Promise<boolean> {
    if (this.pending === 0) return true;
    this.stopped = false;
    const done = new Promise<void>((resolve) => this.idle.push(resolve));
    if (!this.flying.length) this.now();
    await done;
    return this.pending === 0;
  }

  /** Tries again at once: the browser is online again, or a person asked for it. */
  retry(): void {
    this.unsure ||= this.stopped; // after a refusal: on top of what stands on the server now
    this.stopped = false;
    if (this.pending > 0 && !this.flying.length) this.now();
  }

  close(): void {
    this.calloff?.();
    this.calloff = null;
    this.stopped = true;
  }

  private now(): void {
    this.calloff?.();
    this.calloff = null;
    void this.go();
  }

  private schedule(ms: number): void {
    this.calloff = this.out.later(ms, () => {
      this.calloff = null;
      void this.go();
    });
  }

  private async go(): Promise<void> {
    if (this.stopped || this.flying.length > 0 || this.waiting.length === 0) return;
    this.flying = this.waiting.slice(0, MOST);
    this.waiting = this.waiting.slice(MOST);
    this.report();
    try {
      if (this.unsure && (await this.arrivedAlready())) return this.settle();
      this.seq += 1;
      this.unsure = true;
      const saved = await this.out.send(this.rev, this.seq, this.flying);
      this.unsure = false;
      this.accept(saved);
      this.settle();
    } catch (error) {
      this.failed(error);
    }
  }

  private accept(saved: Saved): void {
    this.document = saved.document ?? applyOps(this.document, this.flying);
    this.rev = saved.rev;
    this.at = saved.saved_at;
    if (saved.document) this.rebase();
    if (this.waiting.length === 0) this.out.problems(saved.problems);
  }

  /** After a lost answer: whether the batch stands on the server. If not, ours goes on top of it. */
  private async arrivedAlready(): Promise<boolean> {
    const current = await this.out.load();
    this.unsure = false;
    const wanted = applyWhatFits(this.document, this.flying).document;
    const moved = current.rev !== this.rev;
    this.document = current.document;
    this.rev = current.rev;
    if (moved && same(bare(current.document), bare(wanted))) {
      this.at = current.saved_at;
      if (this.waiting.length === 0) this.out.problems(current.problems);
      return true;
    }
    const { document, kept } = applyWhatFits(current.document, this.flying);
    const lost = kept.length < this.flying.length;
    this.flying = kept;
    if (moved || lost) this.out.replaced(applyWhatFits(document, this.waiting).document);
    return kept.length === 0;
  }

  private rebase(): void {
    const { document, kept } = applyWhatFits(this.document, this.waiting);
    this.waiting = kept;
    this.out.replaced(document);
  }

  private settle(): void {
    this.flying = [];
    this.failures = 0;
    this.keep();
    this.report();
    if (this.waiting.length > 0) void this.go();
    else this.release();
  }

  private failed(error: unknown): void {
    this.waiting = joined(this.flying, this.waiting);
    this.flying = [];
    this.keep();
    if (error instanceof Refused && error.status < 500 && error.status !== 429) {
      this.unsure = false;
      this.stopped = true;
      const { message, status } = error;
      const changes = this.waiting.length;
      this.out.state({ kind: "refused", changes, message, signedOut: status === 401 });
    } else {
      const pause = PAUSES[Math.min(this.failures, PAUSES.length - 1)] ?? 1_000;
      this.failures += 1;
      this.out.state({ kind: "offline", changes: this.waiting.length });
      this.schedule(pause);
    }
    this.release();
  }

  private release(): void {
    const idle = this.idle;
    this.idle = [];
    for (const done of idle) done();
  }

  private keep(): void {
    const ops = [...this.flying, ...this.waiting];
    this.out.keep(ops.length ? { base: this.rev, ops } : null);
  }

  private report(): void {
    if (this.pending === 0) this.out.state({ kind: "saved", at: this.at });
    else if (this.failures > 0) this.out.state({ kind: "offline", changes: this.pending });
    else this.out.state({ kind: "saving", changes: this.pending });
  }
}

/** Empty places and notes are as good as none. */
function bare({ ui, ...rest }: JourneyDocument): object {
  return { ...rest, positions: ui?.positions ?? {}, notes: ui?.notes ?? [] };
}

/** Of edits that overwrite each other without anything between only the last one is sent. */
function joined(first: readonly Op[], second: readonly Op[]): Op[] {
  const all = [...first];
  for (const op of second) {
    const last = all.at(-1);
    const again =
      last &&
      "id" in op &&
      "id" in last &&
      op.op === last.op &&
      op.id === last.id &&
      ["node.move", "node.set", "node.title", "node.disable", "note.set"].includes(op.op);
    if (again) all.pop();
    all.push(op);
  }
  return all;
}
