import { describe, expect, test } from "bun:test";

import { Api, type Journey } from "../../builder/canvas/state/api";
import { Refused } from "../../builder/canvas/state/queue";
import { EditorStore } from "../../builder/canvas/state/store";
import { applyOps } from "../../builder/canvas/model/ops";
import type { JourneyDocument, Op, Problem } from "../../builder/canvas/model/types";
import { journey, node, TYPES } from "./fixtures";
import { Back, queueOf, settled } from "./together_fixtures";

const START = journey([node("a", "t.begin"), node("b")], ["a>b"]);
const title = (text: string, id = "a"): Op => ({ op: "node.title", id, title: text });

describe("the save queue", () => {
  test("edits of one moment go up together, and the last of a field only", async () => {
    const server = new Back(START);
    const queue = queueOf(server);
    queue.push([title("A")]);
    queue.push([title("AB")]);
    queue.push([title("B", "b")]);
    expect(server.states.at(-1)).toEqual({ kind: "saving", changes: 2 });
    expect(server.pauses).toEqual([0]); // at once
    await server.pass();
    expect(server.batches.map((b) => b.ops)).toEqual([[title("AB"), title("B", "b")]]);
    expect(server.states.at(-1)?.kind).toBe("saved");
    expect(server.kept).toBeNull();
  });

  test("what comes while a batch is under way is gathered and goes up after it", async () => {
    const server = new Back(START);
    const queue = queueOf(server);
    queue.push([title("A")], "rename");
    server.hold();
    await server.pass();
    queue.push([title("B", "b")], "name it");
    queue.push([title("BC", "b")], "name it");
    expect(server.batches).toHaveLength(1);
    await server.release();
    expect(server.batches.map((b) => b.ops)).toEqual([[title("A")], [title("BC", "b")]]);
    expect(server.batches.map((b) => b.label)).toEqual(["rename", "name it"]);
    expect(queue.pending).toBe(0);
  });

  test("offline, the changes are kept and counted, and go up when it is back", async () => {
    const server = new Back(START);
    server.faults = ["down", "down"];
    const queue = queueOf(server);
    queue.push([title("A"), title("B", "b")]);
    await server.pass();
    expect(server.states.at(-1)).toEqual({ kind: "offline", changes: 2 });
    expect(server.kept?.flying?.ops).toHaveLength(2);
    await server.pass();
    expect(server.pauses.at(-1)).toBeGreaterThan(server.pauses.at(-2) ?? 0);
    await server.pass();
    expect(server.states.at(-1)?.kind).toBe("saved");
    expect(server.document.nodes.map((n) => n.title)).toEqual(["A", "B"]);
  });

  test("who comes back while a try is failing is tried for at once, and soon again", async () => {
    const server = new Back(START);
    server.faults = ["down", "down", "lost", "down"];
    const queue = queueOf(server);
    queue.push([title("A")]);
    await server.pass();
    await server.pass();
    server.hold();
    await server.pass(); // on its way, and will be lost
    queue.retry();
    await server.release();
    expect(server.pauses.at(-1)).toBe(0);
    await server.pass();
    expect(server.pauses.at(-1)).toBe(server.pauses[1]);
    await server.pass();
    expect(server.states.at(-1)?.kind).toBe("saved");
    expect(server.document.nodes[0]?.title).toBe("A");
  });

  test("a server that fails is not hammered because others edit: one try for each pause, and the pauses grow", async () => {
    const server = new Back(START);
    server.faults = Array<"down">(40).fill("down");
    const queue = queueOf(server);
    queue.push([title("A")]);
    await server.pass();
    const left = server.faults.length;
    for (let i = 0; i < 20; i += 1) {
      queue.heard(10 + i);
      await settled();
    }
    expect(left - server.faults.length).toBe(1); // it may be back, so once at once
    for (let i = 0; i < 3; i += 1) {
      await server.pass();
      queue.heard(40 + i);
      queue.heard(50 + i);
      await settled();
    }
    expect(left - server.faults.length).toBe(7);
    expect(server.pauses.slice(1)).toEqual([1_000, 2_000, 5_000, 10_000, 30_000, 30_000, 30_000, 30_000]);
    server.faults = [];
    await server.pass();
    expect(server.states.at(-1)?.kind).toBe("saved");
  });

  test("a batch whose answer went astray is sent again by its number, and nothing is done twice", async () => {
    const server = new Back(START);
    server.faults = ["lost"];
    const queue = queueOf(server);
    queue.push([{ op: "node.add", node: node("c"), position: [0, 0] }]);
    await server.pass();
    queue.push([title("later")]);
    queue.heard(server.rev); // our own edit, of which no answer came
    await server.pass();
    expect(server.document.nodes.map((n) => n.id)).toEqual(["a", "b", "c"]);
    expect(server.rev).toBe(3);
    expect(server.states.at(-1)?.kind).toBe("saved");
    expect(server.shown).toBeNull();
  });

  test("an edit on a stale document gets the newer one, with ours on top", async () => {
    const server = new Back(START);
    const queue = queueOf(server);
    server.someone([title("theirs", "b")]);
    queue.push([title("ours")]);
    await server.pass();
    expect(server.shown?.nodes.map((n) => n.title)).toEqual(["ours", "theirs"]);
    expect(server.conflicts).toEqual([]);
  });

  test("what others do is taken in when it is heard of, below what waits here", async () => {
    const server = new Back(START);
    const queue = queueOf(server);
    server.someone([title("theirs", "b")]);
    queue.heard(2);
    await server.pass();
    expect(server.shown?.nodes[1]?.title).toBe("theirs");
    expect(server.batches).toEqual([]);
    queue.push([title("ours")]);
    await server.pass();
    expect(server.batches[0]?.base).toBe(2);
  });

  test("what no longer fits because of others is left out by itself, and told", async () => {
    const server = new Back(START);
    const queue = queueOf(server);
    server.someone([{ op: "node.del", id: "b" }]);
    queue.push([title("ours"), title("gone", "b")]);
    await server.pass();
    expect(server.document.nodes.map((n) => n.title)).toEqual(["ours"]);
    expect(server.states.at(-1)?.kind).toBe("saved");
    expect(server.conflicts.map((c) => [c.kind, c.node])).toEqual([["deleted", "b"]]);
  });

  test("a refusal stops, keeps the changes, and a retry leaves out what does not fit", async () => {
    const server = new Back(START);
    server.faults = [new Refused("It may not be kept.", 409)];
    const queue = queueOf(server);
    queue.push([title("A"), title("gone", "b")]);
    await server.pass();
    expect(server.states.at(-1)).toMatchObject({ kind: "refused", changes: 2, signedOut: false });
    server.someone([{ op: "node.del", id: "b" }]);
    queue.retry();
    await server.pass();
    expect(server.batches.at(-1)?.ops).toEqual([title("A")]);
    expect(queue.pending).toBe(0);
  });

  test("who is signed out is told so, and keeps the changes", async () => {
    const server = new Back(START);
    server.faults = [new Refused("Your session has ended.", 401)];
    const queue = queueOf(server);
    queue.push([title("A")]);
    await server.pass();
    expect(server.states.at(-1)).toMatchObject({ kind: "refused", signedOut: true });
    expect(server.kept?.waiting).toHaveLength(1);
  });

  test("very many operations go up in several requests", async () => {
    const server = new Back(START);
    const queue = queueOf(server);
    queue.push(Array.from({ length: 1_200 }, (_, i): Op => ({ op: "note.set", id: `n${i}`, text: "", position: [i, 0] })));
    await queue.flush();
    expect(server.batches.map((b) => b.ops.length)).toEqual([500, 500, 200]);
  });

  test("flushing waits for everything, and says when it cannot be saved", async () => {
    const server = new Back(START);
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
  const state = { document, rev: 1, refuse: null as null | object, problems: [] as Problem[] };
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
      return json({ rev: state.rev, seq: body.seq, saved_at: "2026-01-01T00:00:00Z", problems: state.problems });
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
    keys: () => [...stored.keys()],
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

  test("changes that were kept for another journey of the same slug stay where they are", async () => {
    const back = studio(START);
    const kept = JSON.stringify({ base: 1, ops: [title("of another workspace")], journey: "another" });
    const { store, stored } = editor(back, kept);
    await store.open();
    expect(store.get().document.nodes[0]?.title).toBeUndefined();
    expect(await store.flush()).toBe(true);
    expect(back.asked.filter((one) => one.path.endsWith("/ops"))).toEqual([]);
    expect(stored.get("wayline.kept.s")).toBe(kept);
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

  test("who steps through the problems stays at theirs while an edit leaves them as they are", async () => {
    const back = studio(START);
    const problem = (node: string): Problem => ({ node, path: "", severity: "error", message: "No.", code: "x", fix: null });
    back.state.problems = [problem("a"), problem("b")];
    const { store } = editor(back);
    await store.open();
    await save(title("A"));
    const { problems } = store.get();
    expect(problems.map((p) => p.node)).toEqual(["a", "b"]);
    store.goTo(1);
    await save(title("AB"));
    expect(store.get().problem).toBe(1);
    expect(store.get().problems).toBe(problems); // the same list: nobody need compare it
    back.state.problems = [problem("b")];
    await save(title("ABC"));
    expect(store.get().problems).toHaveLength(1);
    expect(store.get().problem).toBe(0);

    async function save(op: Op) {
      store.edit({ label: "x", ops: [op] });
      await store.flush();
    }
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
