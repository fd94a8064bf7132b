/**
 * Saves edits one batch after the other, and takes in what others do. Nothing is lost: what could
 * not be sent is kept, in the browser's storage too, and sent again under the same number, which
 * the server carries out once; what others changed meanwhile goes below ours.
 */

import { applyWhatFits, compacted } from "../model/ops";
import { rebase, type Conflict } from "../model/rebase";
import type { JourneyDocument, Op, Problem } from "../model/types";
import type { Batch, Kept } from "./keeping";

/** An edit that somebody made. */
export interface Made {
  rev: number;
  at: string;
  person: { id: string | null; name: string };
  label: string;
  ops: Op[];
}

export interface Saved {
  rev: number;
  saved_at: string;
  problems: Problem[];
  /** When others had edited meanwhile: what stands there now, and what they did. */
  document?: JourneyDocument;
  since?: Made[];
}

export interface Since {
  rev: number;
  edits: Made[];
  document?: JourneyDocument;
  saved_at?: string;
  problems?: Problem[];
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

/** What came of others: their edits, what both changed, and nodes of ours with another name now. */
export interface Merged {
  theirs: readonly Made[];
  /** They are known one by one; else only the document is. */
  known: boolean;
  conflicts: readonly Conflict[];
  renamed: ReadonlyMap<string, string>;
}

export interface Outside {
  send(batch: Batch): Promise<Saved>;
  since(rev: number): Promise<Since>;
  load(): Promise<Current>;
  /** Calls back after some milliseconds; gives a function that calls it off. */
  later(ms: number, call: () => void): () => void;
  keep(pending: Kept | null): void;
  state(state: SaveState): void;
  problems(problems: Problem[]): void;
  /** The draft with the edits of others in it, and ours on top. */
  merged(document: JourneyDocument, what: Merged): void;
}

const MOST = 500; // operations in one request
const LONGEST = 200; // characters of a label
const PAUSES = [1_000, 2_000, 5_000, 10_000, 30_000];

export class SaveQueue {
  private waiting: Op[] = [];
  private labels: string[] = [];
  private flying: Batch | null = null;
  private busy = false;
  private failures = 0;
  private pauses = 0; // since the start, the last success, or the last time that it was told to try
  private again = false; // it was told to try while it was trying
  private hurried = false; // it was tried before this pause was over
  private stopped = false;
  private doubtful = false; // after a refusal: what stands there has to be looked at first
  private told = 0; // the newest revision that was heard of
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
    private readonly client: string,
  ) {
    this.at = savedAt;
  }

  get pending(): number {
    return this.waiting.length + (this.flying?.ops.length ?? 0);
  }

  /** The first edit after a quiet moment goes at once; what follows is gathered while it is away. */
  push(ops: readonly Op[], label = ""): void {
    if (ops.length === 0) return;
    this.waiting = compacted([...this.waiting, ...ops]);
    if (label && !this.labels.includes(label)) this.labels.push(label);
    this.report();
    this.keep();
    if (!this.busy && !this.flying && !this.calloff) this.schedule(0);
  }

  /** Someone says that there is a newer revision. */
  heard(rev: number): void {
    this.told = Math.max(this.told, rev);
    if (this.failures > 0) {
      if (this.hurried || this.busy) return;
      this.hurried = true; // the server may be back; if not, it is asked no sooner for each edit of others
      this.now();
    } else if (!this.busy && !this.flying && !this.calloff) void this.go();
  }

  /** Sends what waits now; resolves when everything is saved, or with false when it cannot be. */
  async flush(): Promise<boolean> {
    if (this.pending === 0) return true;
    this.stopped = false;
    const done = new Promise<void>((resolve) => this.idle.push(resolve));
    if (!this.busy) this.now();
    await done;
    return this.pending === 0;
  }

  /** Tries again at once: the browser is online again, or a person asked for it. */
  retry(): void {
    this.doubtful ||= this.stopped;
    this.stopped = false;
    this.pauses = 0;
    this.again = this.busy;
    if (!this.busy) this.now();
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
      this.hurried = false;
      void this.go();
    });
  }

  /** One request after the other, until there is nothing to send and nothing to take in. */
  private async go(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      while (!this.stopped && (this.pending > 0 || this.told > this.rev)) await this.step();
      this.failures = this.pauses = 0;
    } catch (error) {
      this.failed(error);
    } finally {
      this.busy = this.again = false;
      this.keep();
      if (!this.stopped && this.failures === 0) this.report();
      this.release();
    }
  }

  private async step(): Promise<void> {
    if (!this.flying && this.doubtful) await this.look();
    if (!this.flying && this.waiting.length === 0) {
      if (this.told > this.rev) await this.catchUp();
      return;
    }
    this.flying ??= this.batch();
    this.report();
    this.keep();
    try {
      this.accept(this.flying, await this.out.send(this.flying));
    } catch (error) {
      if (!(error instanceof Refused) || !isNo(error.status)) throw error;
      // It was not carried out. Did someone take away what it needs? Then the rest may still fit.
      this.waiting = [...this.flying.ops, ...this.waiting];
      this.flying = null;
      const before = this.rev;
      if (error.status === 409) await this.catchUp();
      if (this.rev === before) throw error;
    }
  }

  private batch(): Batch {
    const ops = this.waiting.slice(0, MOST);
    this.waiting = this.waiting.slice(MOST);
    const label = this.labels.join(", ").slice(0, LONGEST);
    if (this.waiting.length === 0) this.labels = [];
    this.seq += 1;
    return { client: this.client, seq: this.seq, base: this.rev, label, ops };
  }

  private accept(sent: Batch, saved: Saved): void {
    const ours = applyWhatFits(this.document, sent.ops).document;
    const before = this.document;
    this.flying = null;
    this.failures = 0;
    this.rev = saved.rev;
    this.at = saved.saved_at;
    this.document = saved.document ?? ours;
    if (saved.document) {
      const theirs = saved.since ?? [];
      const under = theirs.length ? applied(before, theirs) : before;
      const crossed = theirs.length ? rebase(before, under, sent.ops).conflicts : [];
      this.merge(ours, theirs, crossed);
    }
    if (this.waiting.length === 0) this.out.problems(saved.problems);
  }

  /** Takes in what others did. */
  private async catchUp(): Promise<void> {
    const found = await this.out.since(this.rev);
    this.told = Math.min(this.told, found.rev);
    if (found.rev <= this.rev) return;
    const before = this.document;
    this.document = found.document ?? applied(before, found.edits);
    this.rev = found.rev;
    if (found.saved_at) this.at = found.saved_at;
    this.merge(before, found.edits, []);
    if (found.problems && this.waiting.length === 0) this.out.problems(found.problems);
  }

  private async look(): Promise<void> {
    const current = await this.out.load();
    this.doubtful = false;
    const before = this.document;
    const moved = current.rev !== this.rev;
    const { kept } = applyWhatFits(current.document, this.waiting);
    this.document = current.document;
    this.rev = current.rev;
    this.at = current.saved_at;
    if (moved || kept.length < this.waiting.length) this.merge(before, [], []);
  }

  /** What waits goes on top of what stands there now; it was made on `before`. */
  private merge(before: JourneyDocument, theirs: readonly Made[], crossed: readonly Conflict[]): void {
    const { document, ops, conflicts, renamed } = rebase(before, this.document, this.waiting);
    this.waiting = ops;
    const known = theirs.length > 0;
    this.out.merged(document, { theirs, known, conflicts: [...crossed, ...conflicts], renamed });
  }

  private failed(error: unknown): void {
    if (error instanceof Refused && isNo(error.status)) {
      if (this.flying) this.waiting = [...this.flying.ops, ...this.waiting];
      this.flying = null;
      this.stopped = true;
      const { message, status } = error;
      const changes = this.waiting.length;
      this.out.state({ kind: "refused", changes, message, signedOut: status === 401 });
    } else {
      const pause = this.again ? 0 : (PAUSES[Math.min(this.pauses++, PAUSES.length - 1)] ?? 1_000);
      this.failures += 1;
      this.out.state({ kind: "offline", changes: this.pending });
      this.schedule(pause);
    }
  }

  private release(): void {
    const idle = this.idle;
    this.idle = [];
    for (const done of idle) done();
  }

  private keep(): void {
    const { flying, waiting } = this;
    this.out.keep(this.pending ? { client: this.client, base: this.rev, flying, waiting } : null);
  }

  private report(): void {
    if (this.pending === 0) this.out.state({ kind: "saved", at: this.at });
    else if (this.failures > 0) this.out.state({ kind: "offline", changes: this.pending });
    else this.out.state({ kind: "saving", changes: this.pending });
  }
}

function isNo(status: number): boolean {
  return status < 500 && status !== 429;
}

/** The document after the edits of others; the server has carried out what fits. */
function applied(document: JourneyDocument, edits: readonly Made[]): JourneyDocument {
  return applyWhatFits(document, edits.flatMap((edit) => edit.ops)).document;
}
