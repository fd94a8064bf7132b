/**
 * Signing out on purpose. First the edits of all open editors go up, then those that closed tabs
 * have left; what cannot go is told, and the person chooses. After that nothing of theirs stays in
 * the browser: neither edits nor pinned answers, which may hold a customer's data.
 */

import { Keeping, leftBehind, newClient, PREFIX, type Batch, type Kept, type Shelf } from "../state/keeping";

/** Between the tabs of one browser. */
export type Word =
  | { kind: "ask"; id: string }
  | { kind: "told"; id: string; client: string }
  | { kind: "gone"; person?: string }; // who signed out; without it all count as meant

export interface Pipe {
  postMessage(word: Word): void;
  onmessage: ((event: MessageEvent<Word>) => void) | null;
}

export function pipe(): (Pipe & { close(): void }) | null {
  return typeof BroadcastChannel === "undefined" ? null : (new BroadcastChannel("wayline.leaving") as Pipe & { close(): void });
}

const PINS = "wayline.pins."; // then the person, then the journey

/** What is pinned goes with its person; `of` may stay. */
export function forgetPins(session: Shelf | null, of: string | null = null): void {
  if (!session) return;
  for (const key of session.keys?.() ?? Object.keys(session)) {
    if (key.startsWith(PINS) && (of === null || !key.startsWith(`${PINS}${of}.`))) session.removeItem(key);
  }
}

interface Open {
  client: string;
  api: { person: string };
  flush(): Promise<boolean>;
  /** The person is gone: nothing more is kept or sent. */
  abandon(): void;
}

interface Page {
  session: Shelf | null;
  /** What is being typed counts as typed. */
  settle(): void;
  leave(): void;
}

/** An open editor hears of it. */
export function attend(store: Open, channel: Pipe, page: Page): void {
  forgetPins(page.session, store.api.person);
  channel.onmessage = ({ data }) => {
    if (data.kind === "ask") {
      page.settle();
      void store.flush().then(() => channel.postMessage({ kind: "told", id: data.id, client: store.client }));
    } else if (data.kind === "gone" && (!data.person || data.person === store.api.person)) {
      store.abandon();
      forgetPins(page.session);
      page.leave();
    }
  };
}

// --- Who signs out ---------------------------------------------------------------------------------

/** Edits that could not be sent. */
export interface Unsent {
  key: string;
  slug: string;
  count: number;
  kept: Kept;
}

export interface Around {
  shelf: Shelf | null;
  now: () => number;
  later: (ms: number, call: () => void) => () => void;
  pipe: Pipe | null;
  /** Who signs out, where that is known: what others have left here is not theirs to see. */
  person?: string;
  /** Which editors are open; null when nobody can know. */
  open: () => Promise<readonly string[] | null>;
  /** Sends a batch on behalf of this person; "other" when somebody else is signed in. */
  send: (slug: string, batch: Batch, person: string) => Promise<{ rev: number } | "other" | "failed">;
  label: string;
}

const MOST = 500; // operations in one request
const PATIENCE = 5_000; // milliseconds until an editor that does not answer counts as unable to

/** Sends everything that can be sent; gives what could not. */
export async function sendAll(around: Around): Promise<Unsent[]> {
  if (kept(around).length === 0) return [];
  const told = await asked(around).catch(() => new Set<string>());
  const open = await around.open().catch(() => null);
  const unsent: Unsent[] = [];
  for (const one of kept(around)) {
    const { client } = one.kept;
    const recent = Keeping.isRecent(one.at, around.now());
    if (told.has(client) || (open ? open.includes(client) : recent)) unsent.push(one); // it could not
    else {
      const how = await sent(around, one).catch(() => "failed");
      if (how === "sent") around.shelf?.removeItem(one.key);
      else if (how === "failed") unsent.push({ ...one, count: countOf(one.kept) });
    }
  }
  return unsent;
}

/** All open editors send what they have; gives those that have answered. */
async function asked({ pipe: channel, open, later }: Around): Promise<ReadonlySet<string>> {
  const told = new Set<string>();
  if (!channel) return told;
  const id = newClient();
  const known = await open();
  if (known?.length === 0) return told;
  await new Promise<void>((done) => {
    const stop = later(PATIENCE, done);
    channel.onmessage = ({ data }) => {
      if (data.kind !== "told" || data.id !== id) return;
      told.add(data.client);
      if (!known?.every((client) => told.has(client))) return;
      stop();
      done();
    };
    channel.postMessage({ kind: "ask", id });
  });
  channel.onmessage = null;
  return told;
}

/**
 * Piece by piece. Each piece has its number in the browser's storage before it goes: when its answer
 * is lost, whoever sends it again sends the same number, which the server carries out once.
 */
async function sent(around: Around, one: Found): Promise<"sent" | "other" | "failed"> {
  let client = newClient();
  let seq = 0;
  while (one.kept.flying || one.kept.waiting.length > 0) {
    const { base, waiting } = one.kept;
    if (!one.kept.flying) {
      const flying = { client, seq: seq + 1, base, label: around.label, ops: waiting.slice(0, MOST) };
      one.kept = { ...one.kept, flying, waiting: waiting.slice(MOST) };
      remember(around, one);
    }
    const { flying } = one.kept;
    if (!flying) break;
    const how = await around.send(one.slug, flying, one.person);
    if (typeof how === "string") return how;
    ({ client, seq } = flying);
    // Where nobody else came in between, what waits was made on what stands there now.
    one.kept = { ...one.kept, base: how.rev === flying.base + 1 ? how.rev : base, flying: null };
    remember(around, one);
  }
  return "sent";
}

function remember({ shelf }: Around, { key, kept, at, journey, person }: Found): void {
  try {
    shelf?.setItem(key, JSON.stringify({ ...kept, journey, person, at }));
  } catch {
    // The storage is full or shut: what stands there is older, and the server knows its number.
  }
}

interface Found extends Unsent {
  at: number;
  journey: string;
  person: string;
}

function kept({ shelf, person: own }: Around): Found[] {
  return leftBehind(shelf).flatMap(({ key, kept: one, at, journey, person }) => {
    if (!one || (own && person && person !== own)) return [];
    const name = key.slice(PREFIX.length);
    const slug = one.client && name.endsWith(`.${one.client}`) ? name.slice(0, -one.client.length - 1) : name;
    return [{ key, slug, count: countOf(one), kept: one, at, journey, person }];
  });
}

function countOf({ flying, waiting }: Kept): number {
  return waiting.length + (flying?.ops.length ?? 0);
}

/** What could not be sent, to keep as a file. */
export function asFile(unsent: readonly Unsent[]): string {
  const edits = unsent.map(({ slug, kept: { base, flying, waiting } }) => ({ journey: slug, revision: base, ops: [...(flying?.ops ?? []), ...waiting] }));
  return `${JSON.stringify({ unsent: edits }, null, 2)}\n`;
}
