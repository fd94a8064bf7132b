/**
 * Edits that could not be sent yet, in the browser's storage. Each open editor keeps its own under
 * its own name, so that two tabs never overwrite each other's; those of a tab that was closed are
 * taken over by the next one.
 */

import type { JourneyDocument, Op } from "../model/types";
import { isRecord } from "../model/types";

/** Edits on their way: the server carries out a number of a client once. */
export interface Batch {
  client: string;
  seq: number;
  base: number;
  label: string;
  ops: Op[];
}

export interface Kept {
  client: string;
  /** The revision under these edits. */
  base: number;
  /** It may have arrived already. */
  flying: Batch | null;
  waiting: Op[];
}

export interface Shelf {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
  /** Where it is missing, the shelf's own properties are its keys (as of `localStorage`). */
  keys?: () => string[];
}

export const PREFIX = "wayline.kept.";
const RECENT = 30_000; // milliseconds in which a tab that cannot be asked counts as open

export class Keeping {
  /** The id of the journey: another workspace, or a journey made anew, may have the same slug. */
  journey = "";
  /** Whose they are: nobody else who signs in at this browser sees or sends them. */
  person = "";
  private over = false;

  constructor(
    private readonly shelf: Shelf | null,
    private readonly slug: string,
    readonly client: string,
    private readonly now: () => number,
  ) {}

  keep(pending: Kept | null): void {
    if (this.over) return;
    try {
      if (pending) this.shelf?.setItem(this.key(this.client), this.text(pending));
      else this.shelf?.removeItem(this.key(this.client));
    } catch {
      // The browser's storage is full or shut: the edits stay in memory and are sent from there.
    }
  }

  private text(pending: Kept): string {
    const { journey, person } = this;
    return JSON.stringify({ ...pending, journey, person, at: this.now() });
  }

  /** This tab closes: who opens the journey next may take its edits at once. */
  leave(): void {
    const text = this.shelf?.getItem(this.key(this.client));
    if (text) this.shelf?.setItem(this.key(this.client), JSON.stringify({ ...JSON.parse(text), at: 0 }));
  }

  /** Its person has signed out: nothing is kept from now on. */
  forget(): void {
    this.keep(null);
    this.over = true;
  }

  /** What tabs that are closed have left. `alive` says of a client whether it is still open. */
  async orphans(alive: (client: string) => Promise<boolean | null>): Promise<{ key: string; kept: Kept | null }[]> {
    const found: { key: string; kept: Kept | null }[] = [];
    for (const key of this.keys()) {
      const { kept, at, journey, person } = read(this.shelf?.getItem(key) ?? "");
      if (journey && journey !== this.journey) continue;
      if (person && person !== this.person) continue;
      if (kept?.client === this.client) continue;
      const open = kept?.client ? await alive(kept.client) : false;
      if (open ?? Keeping.isRecent(at, this.now())) continue;
      found.push({ key, kept });
    }
    return found;
  }

  /** Whether a tab that cannot be asked counts as open. */
  static isRecent(at: number, now: number): boolean {
    return now - at < RECENT;
  }

  drop(key: string): void {
    this.shelf?.removeItem(key);
  }

  private keys(): string[] {
    const own = `${PREFIX}${this.slug}`;
    return keysOf(this.shelf).filter((key) => key === own || key.startsWith(`${own}.`));
  }

  private key(client: string): string {
    return `${PREFIX}${this.slug}.${client}`;
  }
}

interface Read {
  kept: Kept | null;
  at: number;
  journey: string;
  person: string;
}

/** Everything that is kept in this browser, of any journey. */
export function leftBehind(shelf: Shelf | null): (Read & { key: string })[] {
  return keysOf(shelf).map((key) => ({ key, ...read(shelf?.getItem(key) ?? "") }));
}

function keysOf(shelf: Shelf | null): string[] {
  const all = shelf ? (shelf.keys?.() ?? Object.keys(shelf)) : [];
  return all.filter((key) => key.startsWith(PREFIX)).sort();
}

const NONE: Read = { kept: null, at: 0, journey: "", person: "" };

function read(text: string): Read {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return NONE;
  }
  if (!isRecord(value) || typeof value.base !== "number") return NONE;
  const at = typeof value.at === "number" ? value.at : 0;
  const [client, journey, person] = [value.client, value.journey, value.person].map((one) => (typeof one === "string" ? one : ""));
  // `ops` is how the version before kept them.
  const waiting = [value.waiting, value.ops].find(Array.isArray) as unknown as Op[] | undefined;
  const flying = isBatch(value.flying) ? value.flying : null;
  const kept = { client: client ?? "", base: value.base, flying, waiting: waiting ?? [] };
  return { kept, at, journey: journey ?? "", person: person ?? "" };
}

function isBatch(value: unknown): value is Batch {
  return isRecord(value) && typeof value.client === "string" && typeof value.seq === "number" && Array.isArray(value.ops);
}

/** A name for an open editor. */
export function newClient(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export type Past = (rev: number) => Promise<{ document: JourneyDocument }>;
