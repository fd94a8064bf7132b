import { describe, expect, test } from "bun:test";

import { Api, type Journey } from "../../builder/canvas/state/api";
import { Refused, SaveQueue, type Current, type Outside, type Saved, type SaveState } from "../../builder/canvas/state/queue";
import { EditorStore } from "../../builder/canvas/state/store";
import { applyOps } from "../../builder/canvas/model/ops";
import type { JourneyDocument, Op } from "../../builder/canvas/model/types";
import { journey, node, TYPES } from "./fixtures";

const START = journey([node("a", "t.begin"), node("b")], ["a>b"]);
const title = (text: string, id = "a"): Op => ({ op: "node.title", id, title: text });

/** A studio in memory whose clock and network are in the test's hands. */
class Server implements Outside {
  document = START;
  rev = 1;
  batches: Op[][] = [];
  states: SaveState[] = [];
  kept: { base: number; ops: Op[] } | null = null;
  shown: JourneyDocument | null = null;
  pauses: number[] = [];
  /** What goes wrong with the next sends. */
  faults: ("lost" | "down" | Refused)[] = [];
  private timers: (() => void)[] = [];

  send = async (base: number, _seq: number, ops: Op[]): Promise<Saved> => {
    const fault = this.faults.shift();
    if (fault === "down") throw new TypeError("no network");
    if (fault instanceof Refused) throw fault;
    this.batches.push(ops);
    const stale = base !== this.rev;
    this.document = applyOps(this.document, ops);
    this.rev += 1;
    if (fault === "lost") throw new TypeError("the answer went astray");
    return { ...this.current(), ...(stale ? {} : { document: undefined }) };
  };

  load = async (): Promise<Current> => this.current();

  later = (ms: number, call: () => void) => {
    this.pauses.push(ms);
    this.timers.push(call);
    return () => {
      this.timers = this.timers.filter((t) => t !== call);
    };
  };

  keep = (pending: { base: number; ops: Op[] } | null) => {
    this.kept = pending;
  };
  state = (state: SaveState) => this.states.push(state);
  problems = () => undefined;
  replaced = (document: JourneyDocument) => {
    this.shown = document;
  };

  current(): Current {
    return { rev: this.rev, saved_at: "2026-01-01T00:00:00Z", problems: [], document: this.document };
  }

  /** Lets time pass: every timer that stands now goes off, and what follows settles. */
  async pass(): Promise<void> {
    const due = this.timers;
    this.timers = [];
    for (const call of due) call();
    for (let i = 0; i < 20; i += 1) await Promise.resolve();
  }
}

function queueOf(server: Server): SaveQueue {
  return new SaveQueue(server, server.rev, server.document, "2026-01-01T00:00:00Z");
}

describe("the save queue", () => {
  test("edits that come together go up together, and the last of a field only", async () => {
    const server = new Server();
    const queue = queueOf(server);
    queue.push([title("A")]);
    queue.push([title("AB")]);
    queue.push([title("B", "b")]);
    expect(server.states.at(-1)).toEqual({ kind: "saving", changes: 2 });
    await server.pass();
    expect(server.batches).toEqual([[title("AB"), title("B", "b")]]);
    expect(server.states.at(-1)?.kind).toBe("saved");
    expect(server.kept).toBeNull();
  });

  test("what comes while a batch is under way goes up after it", async () => {
    const server = new Server();
    const queue = queueOf(server);
    queue.push([title("A")]);
    const passing = server.pass();
    queue.push([title("B", "b")]);
    await passing;
    expect(server.batches).toHaveLength(2);
    expect(queue.pending).toBe(0);
  });

  test("offline, the changes are kept and counted, and go up when it is back", async () => {
    const server = new Server();
    server.faults = ["down", "down"];
    const queue = queueOf(server);
    queue.push([title("A"), title("B", "b")]);
    await server.pass();
    expect(server.states.at(-1)).toEqual({ kind: "offline", changes: 2 });
    expect(server.kept?.ops).toHaveLength(2);
    await server.pass();
    expect(server.pauses.at(-1)).toBeGreaterThan(server.pauses.at(-2) ?? 0);
    await server.pass();
    expect(server.states.at(-1)?.kind).toBe("saved");
    expect(server.document.nodes.map((n) => n.title)).toEqual(["A", "B"]);
  });

  test("an answer that went astray is looked up, and nothing is done twice", async () => {
    const server = new Server();
    server.faults = ["lost"];
    const queue = queueOf(server);
    queue.push([{ op: "node.add", node: node("c"), position: [0, 0] }]);
    await server.pass();
    await server.pass();
    expect(server.batches).toHaveLength(1);
    expect(server.states.at(-1)?.kind).toBe("saved");
    expect(server.document.nodes).toHaveLength(3);
  });

  test("an edit on a stale document gets the newer one, with ours on top", async () => {
    const server = new Server();
    const queue = queueOf(server);
    server.document = applyOps(server.document, [title("theirs", "b")]);
    server.rev += 1;
    queue.push([title("ours")]);
    await server.pass();
    expect(server.shown?.nodes.map((n) => n.title)).toEqual(["ours", "theirs"]);
  });

  test("after a lost answer and someone else's edit, ours is put on top of theirs", async () => {
    const server = new Server();
    server.faults = ["down"];
    const queue = queueOf(server);
    queue.push([title("ours"), title("gone", "b")]);
    await server.pass();
    server.document = applyOps(server.document, [{ op: "node.del", id: "b" }]);
    server.rev += 1;
    await server.pass();
    expect(server.document.nodes.map((n) => n.title)).toEqual(["ours"]);
    expect(server.states.at(-1)?.kind).toBe("saved");
  });

  test("a refusal stops, keeps the changes, and a retry leaves out what does not fit", async () => {
    const server = new Server();
    server.faults = [new Refused("There is no node b any more.", 409)];
    const queue = queueOf(server);
    queue.push([title("A"), title("gone", "b")]);
    await server.pass();
    expect(server.states.at(-1)).toMatchObject({ kind: "refused", changes: 2, signedOut: false });
    server.document = applyOps(server.document, [{ op: "node.del", id: "b" }]);
    queue.retry();
    await server.pass();
    expect(server.batches.at(-1)).toEqual([title("A")]);
    expect(queue.pending).toBe(0);
  });

  test("who is signed out is told so, and keeps the changes", async () => {
    const server = new Server();
    server.faults = [new Refused("Your session has ended.", 401)];
    const queue = queueOf(server);
    queue.push([title("A")]);
    await server.pass();
    expect(server.states.at(-1)).toMatchObject({ kind: "refused", signedOut: true });
    expect(server.kept?.ops).toHaveLength(1);
  });

  test("very many operations go up in several requests", async () => {
    const server = new Server();
    const queue = queueOf(server);
    queue.push(Array.from({ length: 1_200 }, (_, i): Op => ({ op: "note.set", id: `n${i}`, text: "", position: [i, 0] })));
    await queue.flush();
    expect(server.batches.map((b) => b.length)).toEqual([500, 500, 200]);
  });

  test("flushing waits for everything, and says when it cannot be saved", async () => {
    const server = new Server();
    const queue = queueOf(server);
    expect(await queue.flush()).toBe(true);
    queue.push([title("A")]);
    expect(await queue.flush()).toBe(true);
    server.faults = ["down"];
    queue.push([title("B")]);
    expect(await queue.flush()).toBe(false);
  });
});

/** The studio's answers by path, for an editor without a browser. */
function studio(document: JourneyDocument, more: Partial<Journey> = {}) {
  const asked: { path: string; body: unknown }[] = [];
  const state = { document, rev: 1, refuse: null as null | object };
  const json = (body: unknown, status = 200) =>
    new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
  const call = async (path: string, init: RequestInit) => {
    const body = init.body ? JSON.parse(String(init.body)) : null;
    asked.push({ path, body });
    if (path.endsWith("/catalogue")) {
      return json({ types: [...TYPES.values()], stages: [], fields: { customer: [], events: [] } });
    }
    if (path.endsWith("/ops")) {
      state.document = applyOps(state.document, body.ops);
      state.rev += 1;
      return json({ rev: state.rev, seq: body.seq, saved_at: "2026-01-01T00:00:00Z", problems: [] });
    }
    if (path.endsWith("/publish")) {
      return state.refuse ? json(state.refuse, 409) : json({ version: 1, hash: "", hooks: { a: "http://x/hooks/t" }, problems: [] });
    }
    if (path.endsWith("/counts")) return json({ version: null, nodes: {} });
    return json({
      slug: "s", id: "1", name: "A journey", state: "draft", rev: state.rev, saved_at: "2026-01-01T00:00:00Z",
      document: state.document, problems: [], live: null, versions: [], hooks: {}, ...more,
    });
  };
  return { call, asked, state };
}

function editor(back: ReturnType<typeof studio>, kept: string | null = null, canEdit = true) {
  const stored = new Map<string, string>(kept ? [["wayline.kept.s", kept]] : []);
  const storage = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
    removeItem: (key: string) => void stored.delete(key),
  };
  let now = 0;
  const around = { now: () => (now += 10_000), later: () => () => undefined, storage };
  return { store: new EditorStore("s", new Api("s", back.call), around, canEdit), stored };
}

describe("the editor without a browser", () => {
  test("it opens, adds after the selected node, undoes and saves", async () => {
    const back = studio(START);
    const { store } = editor(back);
    await store.open();
    store.select(["b"]);
    store.add(TYPES.get("t.plain") as never, {});
    expect([...store.get().selected]).toEqual(["plain"]);
    expect(store.get().document.edges.at(-1)).toEqual({ from: "b", handle: "out", to: "plain" });
    store.undo();
    expect(store.get().document.nodes).toHaveLength(2);
    expect(store.get().selected.size).toBe(0);
    store.redo();
    expect(await store.flush()).toBe(true);
    expect(back.state.document.nodes).toHaveLength(3);
  });

  test("a document without places gets them, saved with the first edit and not before", async () => {
    const back = studio({ ...START, ui: {} });
    const { store } = editor(back);
    await store.open();
    expect(store.get().document.ui?.positions?.b).toBeDefined();
    expect(store.unsaved).toBe(0);
    store.edit({ label: "x", ops: [title("A")] });
    await store.flush();
    expect(Object.keys(back.state.document.ui?.positions ?? {})).toEqual(["a", "b"]);
  });

  test("changes that an earlier visit kept come back and go up", async () => {
    const back = studio(START);
    const kept = JSON.stringify({ base: 1, ops: [title("kept"), title("gone", "zz")] });
    const { store, stored } = editor(back, kept);
    await store.open();
    expect(store.get().document.nodes[0]?.title).toBe("kept");
    await store.flush();
    expect(back.state.document.nodes[0]?.title).toBe("kept");
    expect(stored.size).toBe(0);
  });

  test("publishing saves first, then says the version and the addresses", async () => {
    const back = studio(START);
    const { store } = editor(back);
    await store.open();
    store.edit({ label: "x", ops: [title("A")] });
    await store.publish();
    const paths = back.asked.map((a) => a.path.split("/").at(-1));
    expect(paths.indexOf("ops")).toBeLessThan(paths.indexOf("publish"));
    expect(store.get().published).toEqual({ version: 1, hooks: { a: "http://x/hooks/t" } });
  });

  test("a refused publish opens the problems at the first one's node", async () => {
    const back = studio(START);
    const problem = { node: "b", path: "", severity: "error", message: "No.", code: "x", fix: null };
    back.state.refuse = { title: "Refused", detail: "Mend it.", problems: [problem] };
    const { store } = editor(back);
    await store.open();
    await store.publish();
    expect(store.get().panels.problems).toBe(true);
    expect([...store.get().selected]).toEqual(["b"]);
    expect(store.get().published).toBeNull();
  });

  test("who may only look changes nothing", async () => {
    const back = studio(START);
    const { store } = editor(back, null, false);
    await store.open();
    store.select(["b"]);
    store.removeSelection();
    store.add(TYPES.get("t.plain") as never, {});
    store.duplicate();
    store.tidy();
    expect(store.get().document.nodes).toHaveLength(2);
    expect(store.unsaved).toBe(0);
  });

  test("a journey that cannot be opened says why", async () => {
    const call = async () =>
      new Response('{"title":"Not found","detail":"There is no such journey."}', {
        status: 404,
        headers: { "content-type": "application/problem+json" },
      });
    const { store } = editor({ call, asked: [], state: {} as never });
    await store.open();
    expect(store.get()).toMatchObject({ phase: "failed", failure: "There is no such journey." });
  });
});
