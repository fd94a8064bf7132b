/**
 * Who else has the draft open: said to the others when something of ours has changed, at most five
 * times a second, and heard by a stream; where no stream comes through, by asking. That we are here
 * still is said as well, since only we know it: of a machine that sleeps the connections stay open.
 */

import { decor, type NodeDecor } from "../state/decor";
import { perStore } from "../state/feature";
import { Slice } from "../state/slice";
import type { EditorStore } from "../state/store";
import { same } from "../model/types";
import { t } from "../words";
import { listen } from "./stream";

export interface Person {
  client: string;
  name: string;
  color: number;
  selection: readonly string[];
  cursor: readonly [number, number] | null;
  /** Where they write, as "node/field". */
  field?: string | null;
  /** How far they hold what they have selected away from its place. */
  held?: readonly [number, number] | null;
}

interface Told {
  people: Person[];
  rev: number;
}

interface Mine {
  selection: readonly string[];
  cursor: readonly [number, number] | null;
  field: string | null;
  held: readonly [number, number] | null;
}

export const COLORS = 8;
const EVERY = 200; // milliseconds between two words about ourselves
const ASK = 2_000; // … between two questions where there is no stream
const BEAT = 4_000; // … between two words about nothing new: we count as here for ten seconds
const FADES = 10_000; // … without a word from the studio after which nobody counts as here
const LONGEST = 200; // characters of the name of a field
const AGAIN = [500, 1_000, 2_000, 5_000, 10_000]; // … until a stream is tried again

export interface Clock {
  now: () => number;
  later: (ms: number, call: () => void) => () => void;
}

const BROWSER: Clock = {
  now: () => performance.now(),
  later: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

export class Together {
  readonly slice = new Slice<{ people: readonly Person[] }>({ people: [] });
  private mine: Mine = { selection: [], cursor: null, field: null, held: null };
  private said: Mine | null = null;
  private saidAt = Number.NEGATIVE_INFINITY;
  private calloff: (() => void) | null = null;
  private asking: (() => void) | null = null;
  private fading: (() => void) | null = null;
  private stream: AbortController | null = null;
  private failures = 0;
  private streaming = false;

  constructor(
    private readonly store: EditorStore,
    private readonly clock: Clock = BROWSER,
  ) {}

  /** Comes; gives what goes again. */
  begin(): () => void {
    let { mode } = this.store.get();
    const stop = this.store.watch(() => {
      this.selected();
      if (this.store.get().mode === mode) return;
      mode = this.store.get().mode;
      this.lay(this.slice.get().people);
    });
    this.selected();
    void this.hear();
    this.say(true);
    return () => {
      stop();
      this.end();
    };
  }

  /** The pointer is here on the canvas; null: it is elsewhere. */
  point(cursor: readonly [number, number] | null): void {
    const place = cursor && ([Math.round(cursor[0]), Math.round(cursor[1])] as const);
    this.mine = { ...this.mine, cursor: place };
    if (this.slice.get().people.length > 0) this.say(false); // else nobody would see it
  }

  /** The field with the focus, as "node/field". */
  focus(field: string | null): void {
    this.change({ field: field?.slice(0, LONGEST) ?? null });
  }

  /** What is selected is being dragged, this far by now; null: it is let go. */
  hold(by: readonly [number, number] | null): void {
    const held = by && ([Math.round(by[0]), Math.round(by[1])] as const);
    this.mine = { ...this.mine, held };
    if (this.slice.get().people.length > 0) this.say(false); // else nobody would see it
  }

  private selected(): void {
    const selection = [...this.store.get().selected].slice(0, 100);
    if (!same(selection, this.mine.selection)) this.change({ selection });
  }

  private change(change: Partial<Mine>): void {
    this.mine = { ...this.mine, ...change };
    this.say(false);
  }

  /** Says where we are, when that is new (or `anyway`), and not too often. */
  private say(anyway: boolean): void {
    if (!this.stream || this.calloff || (!anyway && same(this.said, this.mine))) return;
    this.asking?.();
    this.asking = null;
    const wait = Math.max(0, this.saidAt + EVERY - this.clock.now());
    this.calloff = this.clock.later(wait, () => void this.post());
  }

  private async post(): Promise<void> {
    const mine = this.mine;
    this.said = mine;
    this.saidAt = this.clock.now();
    try {
      const told = await this.store.api.post<Told>(`${this.store.api.root}/here`, {
        client: this.store.client,
        ...mine,
      });
      if (!this.streaming) this.told(told);
    } catch {
      this.said = null; // nobody heard it: the next change, or the next stream, says it again
    }
    this.calloff = null;
    if (!this.stream) return;
    if (this.said && !same(this.said, this.mine)) this.say(false);
    else this.asking = this.clock.later(this.streaming ? BEAT : ASK, () => this.say(true));
  }

  /** The studio was heard. When it is not any more, who was here fades, and the stream begins anew:
   * after a sleep it may be dead and not know it. */
  private heard(): void {
    this.fading?.();
    this.fading = this.clock.later(FADES, () => {
      this.fading = null;
      this.others([]);
      if (!this.stream || !this.streaming) return;
      this.stream.abort();
      this.streaming = false;
      this.say(true);
      void this.hear();
    });
  }

  private async hear(): Promise<void> {
    const own = new AbortController();
    this.stream = own;
    try {
      const answer = await this.store.api.stream("live", own.signal);
      const ours = () => this.stream === own;
      await listen(answer, () => ours() && this.heard(), ({ name, data }) => {
        if (!ours()) return;
        if (!this.streaming) this.say(true); // the place that we had may be forgotten
        this.streaming = true;
        this.failures = 0;
        if (name === "signed-out") this.store.retry(); // the next save says so
        else this.told(JSON.parse(data) as Told);
      });
    } catch {
      // It was called off, or the connection broke: below it is tried again.
    }
    if (own.signal.aborted) return;
    this.streaming = false;
    const pause = AGAIN[Math.min(this.failures, AGAIN.length - 1)] ?? 1_000;
    this.failures += 1;
    this.say(true); // asking bridges the gap
    this.clock.later(pause, () => {
      if (!own.signal.aborted) void this.hear();
    });
  }

  private told({ people, rev }: Told): void {
    if (!this.stream) return; // an answer that came after we had gone
    this.store.heard(rev);
    this.heard();
    this.others(people.filter((one) => one.client !== this.store.client));
  }

  private others(others: readonly Person[]): void {
    if (same(others, this.slice.get().people)) return;
    const before = selections(this.slice.get().people);
    this.slice.set({ people: others });
    if (!same(before, selections(others))) this.lay(others);
  }

  /** Who has selected what, on the nodes; cursors that move leave it as it is. They are at the draft:
   * over the live version, an older one, or what is to be published, it would be wrong. */
  private lay(people: readonly Person[]): void {
    const nodes = new Map<string, NodeDecor>();
    for (const { name, color, selection, field } of this.store.get().mode === "draft" ? people : []) {
      const writes = field?.slice(0, field.lastIndexOf("/")) || null;
      for (const id of new Set(writes ? [...selection, writes] : selection)) {
        const known = nodes.get(id)?.people ?? [];
        const said = id === writes ? t("together.writing", { name }) : name;
        if (known.some((one) => one.name === said)) continue; // the same person in another tab
        nodes.set(id, { people: [...known, { name: said, color: paint(color) }] });
      }
    }
    decor(this.store).put("people", nodes.size ? { nodes } : null);
  }

  private end(): void {
    this.calloff?.();
    this.asking?.();
    this.fading?.();
    this.calloff = this.asking = this.fading = null;
    this.stream?.abort();
    this.stream = null;
    this.streaming = false;
    this.others([]);
    const gone = { client: this.store.client, gone: true };
    this.store.api.post(`${this.store.api.root}/here`, gone).catch(() => undefined); // they notice by themselves
  }
}

export function paint(color: number): string {
  return `var(--wj-person-${Math.abs(color) % COLORS})`;
}

export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => [...(word ?? "")][0] ?? "").join("").toUpperCase() || "?";
}

function selections(people: readonly Person[]): unknown {
  return people.map(({ client, name, selection, field }) => [client, name, selection, field]);
}

export const together = perStore((store) => new Together(store));
