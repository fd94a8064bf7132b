import { describe, expect, test } from "bun:test";

import { decor } from "../../builder/canvas/state/decor";
import { Together, type Person } from "../../builder/canvas/together/people";
import { asFile, attend, sendAll, type Around, type Pipe, type Word } from "../../builder/canvas/together/leaving";
import { Release } from "../../builder/canvas/together/release";
import { listen, type Event } from "../../builder/canvas/together/stream";
import type { Op } from "../../builder/canvas/model/types";
import type { Batch } from "../../builder/canvas/state/keeping";
import type { EditorStore } from "../../builder/canvas/state/store";
import { journey, node } from "./fixtures";
import { Desk, settled, shelf, Store } from "./together_fixtures";

const MAYA: Person = { client: "maya", name: "Maya", color: 1, selection: ["b"], cursor: [3, 4] };

/** A stream whose pieces the test sends. */
function pipe(status = 200, kind = "text/event-stream") {
  let control: ReadableStreamDefaultController<Uint8Array> | null = null;
  const body = new ReadableStream<Uint8Array>({ start: (own) => void (control = own) });
  const answer = new Response(body, { status, headers: { "content-type": kind } });
  const send = async (text: string) => {
    control?.enqueue(new TextEncoder().encode(text));
    for (let i = 0; i < 5; i += 1) await new Promise((go) => setTimeout(go, 0));
  };
  return { answer, send, end: () => control?.close() };
}

describe("the stream", () => {
  test("events come whole, however they were cut", async () => {
    const heard: Event[] = [];
    const { answer, send, end } = pipe();
    let lives = 0;
    const reading = listen(answer, () => (lives += 1), (event) => heard.push(event));
    await send(': hello\n\ndata: {"rev"');
    await send(": 1}\n\nevent: signed-out\nda");
    await send("ta: {}\n\n");
    end();
    expect(await reading).toBe(true);
    expect(lives).toBe(3);
    expect(heard).toEqual([
      { name: "message", data: '{"rev": 1}' },
      { name: "signed-out", data: "{}" },
    ]);
  });

  test("another answer is none", async () => {
    const none = new Response("{}", { headers: { "content-type": "application/json" } });
    expect(await listen(none, () => undefined, () => undefined)).toBe(false);
    expect(await listen(pipe(503).answer, () => undefined, () => undefined)).toBe(false);
  });
});

/** An editor that is here, with the clock and the stream in the test's hands. */
async function present() {
  const desk = new Desk(new Store(journey([node("a", "t.begin"), node("b")], ["a>b"])), "tab-one");
  await desk.store.open();
  const said: { [key: string]: unknown }[] = [];
  const streams: ReturnType<typeof pipe>[] = [];
  let timers: { at: number; call: () => void }[] = [];
  let now = 0;
  desk.store.api.post = (async (_: string, body: object) => {
    said.push(body as { [key: string]: unknown });
    return { people: [], rev: 1 };
  }) as never;
  desk.store.api.stream = async () => {
    const one = pipe();
    streams.push(one);
    return one.answer;
  };
  const clock = {
    now: () => now,
    later: (ms: number, call: () => void) => {
      const timer = { at: now + ms, call };
      timers.push(timer);
      return () => void (timers = timers.filter((one) => one !== timer));
    },
  };
  const pass = async (ms: number) => {
    now += ms;
    const due = timers.filter((one) => one.at <= now);
    timers = timers.filter((one) => one.at > now);
    for (const { call } of due) call();
    await settled();
  };
  return { store: desk.store as EditorStore, together: new Together(desk.store, clock), said, streams, pass };
}

describe("being here", () => {
  test("a cursor is told five times a second at most, and nothing when nothing changes", async () => {
    const { together, said, streams, pass } = await present();
    together.begin();
    await pass(0);
    await streams[0]?.send('data: {"people": [], "rev": 1}\n\n');
    await pass(200); // said again to the stream
    said.length = 0;
    together.point([7, 7]);
    await pass(200);
    expect(said).toEqual([]); // nobody is there to see it
    await streams[0]?.send(`data: ${JSON.stringify({ people: [MAYA], rev: 1 })}\n\n`);
    for (let i = 1; i <= 100; i += 1) {
      together.point([i, i]);
      await pass(10);
    }
    await pass(200);
    expect(said.length).toBeLessThanOrEqual(6);
    expect(said.at(-1)?.cursor).toEqual([100, 100]);
    said.length = 0;
    together.point([100, 100]);
    await pass(3_000);
    expect(said).toEqual([]);
  });

  test("who is here says so again and again, and nobody else says it for them", async () => {
    const { together, said, streams, pass } = await present();
    const stop = together.begin();
    await pass(0);
    await streams[0]?.send('data: {"people": [], "rev": 1}\n\n');
    await pass(200);
    said.length = 0;
    for (let second = 0; second < 60; second += 1) {
      await streams[0]?.send(": still here\n\n");
      await pass(1_000);
    }
    expect(said.length).toBeGreaterThanOrEqual(10);
    expect(said.length).toBeLessThanOrEqual(15);
    expect(said.at(-1)).toMatchObject({ client: "tab-one", selection: [] });
    stop();
    said.length = 0;
    await pass(60_000);
    expect(said).toEqual([]);
  });

  test("where the studio is not heard any more the others fade, and the stream begins anew", async () => {
    const { store, together, streams, pass } = await present();
    const told = `data: ${JSON.stringify({ people: [MAYA], rev: 1 })}\n\n`;
    together.begin();
    await settled();
    await streams[0]?.send(told);
    store.api.post = () => Promise.reject(new Error("offline"));
    for (let second = 0; second < 30; second += 1) {
      await streams[0]?.send(": still here\n\n");
      await pass(1_000);
    }
    expect(together.slice.get().people).toEqual([MAYA]);
    await pass(11_000); // a sleep: nothing came, and nothing broke
    await settled();
    expect(together.slice.get().people).toEqual([]);
    expect(decor(store).node("b")).toBeUndefined();
    expect(streams).toHaveLength(2);
    await streams[0]?.send(told); // what the old one had still to say is not heard
    expect(together.slice.get().people).toEqual([]);
    await streams[1]?.send(told);
    expect(together.slice.get().people).toEqual([MAYA]);
  });

  test("whom the stream tells of is seen on the node that they have selected, until they go", async () => {
    const { store, together, streams } = await present();
    const stop = together.begin();
    await settled();
    const own = { ...MAYA, client: "tab-one" };
    await streams[0]?.send(`data: ${JSON.stringify({ people: [MAYA, own], rev: 1 })}\n\n`);
    expect(together.slice.get().people).toEqual([MAYA]);
    expect(decor(store).node("b")?.people?.map((one) => one.name)).toEqual(["Maya"]);
    stop();
    expect(together.slice.get().people).toEqual([]);
    expect(decor(store).node("b")).toBeUndefined();
  });

  test("whoever looks at another state than the draft sees nobody's places in it", async () => {
    const { store, together, streams } = await present();
    together.begin();
    await settled();
    await streams[0]?.send(`data: ${JSON.stringify({ people: [MAYA], rev: 1 })}\n\n`);
    store.set({ mode: "past", past: store.get().document });
    expect(decor(store).node("b")).toBeUndefined();
    await streams[0]?.send(`data: ${JSON.stringify({ people: [{ ...MAYA, selection: ["a"] }], rev: 1 })}\n\n`);
    expect(decor(store).node("a")).toBeUndefined();
    store.set({ mode: "draft", past: null });
    expect(decor(store).node("a")?.people?.map((one) => one.name)).toEqual(["Maya"]);
  });

  test("without a stream it asks, and tries the stream again", async () => {
    const { together, said, streams, pass } = await present();
    together.begin();
    await settled();
    streams[0]?.end();
    await pass(0);
    for (let i = 0; i < 5; i += 1) await new Promise((go) => setTimeout(go, 0));
    await pass(500);
    expect(streams).toHaveLength(2);
    const before = said.length;
    await pass(2_000);
    await pass(200);
    expect(said.length).toBeGreaterThan(before);
  });

  test("who writes in a field is told on its node, and what is dragged is told while somebody sees it", async () => {
    const { store, together, said, streams, pass } = await present();
    together.begin();
    await settled();
    const writing = { ...MAYA, selection: ["b"], field: "b/text" };
    await streams[0]?.send(`data: ${JSON.stringify({ people: [writing], rev: 1 })}\n\n`);
    expect(decor(store).node("b")?.people?.map((one) => one.name)).toEqual(["Maya is writing"]);
    await streams[0]?.send(`data: ${JSON.stringify({ people: [MAYA], rev: 1 })}\n\n`);
    expect(decor(store).node("b")?.people?.map((one) => one.name)).toEqual(["Maya"]);
    await pass(400);
    together.focus("a/event");
    await pass(400);
    expect(said.at(-1)?.field).toBe("a/event");
    together.hold([8.4, 16]);
    await pass(400);
    expect(said.at(-1)?.held).toEqual([8, 16]);
    together.hold(null);
    await pass(400);
    expect(said.at(-1)?.held).toBeNull();
  });

  test("what is selected is said", async () => {
    const { store, together, said, pass } = await present();
    together.begin();
    store.select(["b"]);
    await pass(0);
    expect(said.at(-1)?.selection).toEqual(["b"]);
  });
});

describe("a new release", () => {
  async function old(stored: Map<string, string> = new Map()) {
    const desk = new Desk(new Store(journey([node("a", "t.begin")])), "tab-one");
    await desk.store.open();
    const page = { loads: 0, busy: true, timers: [] as (() => void)[] };
    new Release(desk.store, {
      busy: () => page.busy,
      reload: () => void (page.loads += 1),
      later: (_, call) => {
        page.timers.push(call);
        return () => undefined;
      },
      session: { getItem: (key) => stored.get(key) ?? null, setItem: (key, text) => void stored.set(key, text) },
    }).begin();
    const pass = async () => {
      for (const call of page.timers.splice(0)) call();
      await desk.pass();
      await settled();
    };
    return { desk, page, pass, stored, hear: (build: string) => desk.store.api.onBuild(build) };
  }

  test("it waits until nobody types, saves, and loads the page once", async () => {
    const { desk, page, pass, hear } = await old();
    hear("one");
    hear("two");
    desk.store.edit({ label: "x", ops: [{ op: "doc.set", name: "Mine" }] });
    await pass();
    expect(page.loads).toBe(0);
    page.busy = false;
    await pass();
    await pass();
    expect(page.loads).toBe(1);
    expect(desk.back.document.name).toBe("Mine");
  });

  test("offline it stays, because nothing would come back", async () => {
    const { desk, page, pass, hear } = await old();
    hear("one");
    hear("two");
    page.busy = false;
    desk.faults = ["down", "down", "down", "down"];
    desk.store.edit({ label: "x", ops: [{ op: "doc.set", name: "Mine" }] });
    await pass();
    expect(page.loads).toBe(0);
  });

  test("the page that came says so, and servers of two releases do not send it to and fro", async () => {
    const first = await old();
    first.hear("one");
    first.hear("two");
    first.page.busy = false;
    await first.pass();
    const next = await old(first.stored);
    next.page.busy = false;
    next.hear("two");
    expect(next.desk.store.get().message).toContain("loaded itself again");
    next.hear("one");
    await next.pass();
    const third = await old(next.stored);
    third.page.busy = false;
    third.hear("one");
    third.hear("two");
    await third.pass();
    expect(first.page.loads + next.page.loads + third.page.loads).toBeLessThanOrEqual(2);
  });
});

describe("signing out", () => {
  const LINE = journey([node("a", "t.begin"), node("b")], ["a>b"]);
  const named = (name: string): Op[] => [{ op: "doc.set", name }];

  /** Tabs of one browser that hear each other. */
  function room() {
    const all = new Set<Pipe>();
    return (): Pipe => {
      const own: Pipe = {
        onmessage: null,
        postMessage: (data) => {
          for (const one of all) if (one !== own) one.onmessage?.({ data } as MessageEvent<Word>);
        },
      };
      all.add(own);
      return own;
    };
  }

  async function desk(back: Store, name: string, person: string, storage: ReturnType<typeof shelf>, open: Set<string>) {
    const one = new Desk(back, name, storage, open);
    one.store.api.person = person;
    await one.store.open();
    return one;
  }

  /** Who signs out: what they send goes to `back` as this person. */
  function leaver(back: Store, storage: ReturnType<typeof shelf>, open: Set<string>, who = "ines", reachable = () => true): Around {
    let number = 0;
    return {
      shelf: storage, now: () => 1e9, later: () => () => undefined, pipe: null, label: "kept",
      open: async () => [...open],
      send: async (_, batch, person) => {
        if (!reachable()) return "failed";
        if (person && person !== who) return "other";
        try {
          return { rev: back.edit({ ...(batch as Batch), client: (batch as Batch).client || String((number += 1)) }, who).rev };
        } catch {
          return "failed";
        }
      },
    };
  }

  test("open editors send what they have first, and nothing is asked", async () => {
    const back = new Store(structuredClone(LINE));
    const [storage, open, pipes] = [shelf(), new Set<string>(), room()];
    const one = await desk(back, "tab-one", "ines", storage, open);
    attend(one.store, pipes(), { session: null, settle: () => one.store.edit({ label: "typed", ops: [{ op: "node.title", id: "b", title: "Typed" }] }), leave: () => undefined });
    one.faults = ["down"];
    one.store.edit({ label: "x", ops: named("Mine") });
    await one.pass();
    expect(storage.stored.size).toBe(1);
    const leaving = sendAll({ ...leaver(back, storage, open), pipe: pipes() });
    for (let i = 0; i < 5; i += 1) await one.pass();
    expect(await leaving).toEqual([]);
    expect([back.document.name, back.document.nodes[1]?.title, storage.stored.size]).toEqual(["Mine", "Typed", 0]);
  });

  test("what closed tabs have left is sent, each batch once", async () => {
    const back = new Store(structuredClone(LINE));
    const [storage, open] = [shelf(), new Set<string>()];
    const one = await desk(back, "tab-one", "ines", storage, open);
    one.faults = ["lost"]; // it arrived, but nobody knows
    one.store.edit({ label: "x", ops: [{ op: "node.add", node: node("c") }] });
    await one.pass();
    one.store.edit({ label: "y", ops: named("Later") });
    open.clear();
    expect(await sendAll(leaver(back, storage, open))).toEqual([]);
    expect(back.document.nodes.map((n) => n.id)).toEqual(["a", "b", "c"]);
    expect(back.document.name).toBe("Later");
    expect(storage.stored.size).toBe(0);
  });

  test("an answer that is lost, and a tab that ends right then, carry nothing out twice", async () => {
    const back = new Store(structuredClone(LINE));
    const [storage, open] = [shelf(), new Set<string>()];
    storage.setItem("wayline.kept.s.gone-tab", JSON.stringify({ client: "gone-tab", base: 1, flying: null, waiting: named("Mine"), at: 0, person: "ines" }));
    const around = leaver(back, storage, open);
    const lost: Around = {
      ...around,
      send: async (...all) => {
        await around.send(...all);
        return "failed";
      },
    };
    expect(await sendAll(lost)).toMatchObject([{ slug: "s", count: 1 }]);
    expect(back.made).toHaveLength(1);
    back.edit({ client: "tom", seq: 1, base: 2, label: "", ops: named("Of Tom") }, "tom");
    expect(await sendAll(around)).toEqual([]);
    expect([back.made.length, back.document.name, storage.stored.size]).toEqual([2, "Of Tom", 0]);
  });

  test("more than is carried out at once goes in pieces, each under its own number, the rest stays when one fails", async () => {
    const back = new Store(structuredClone(LINE));
    const [storage, open] = [shelf(), new Set<string>()];
    const note = (text: string): Op => ({ op: "note.set", id: "n", text, position: [0, 0] });
    const moves: Op[] = Array.from({ length: 1_200 }, (_, i) => ({ op: "node.move", id: "b", position: [i, i] }));
    back.edit({ client: "ines", seq: 1, base: 1, label: "", ops: [note("First")] }, "ines");
    const flying: Batch = { client: "gone-tab", seq: 7, base: 2, label: "x", ops: [note("Other")] };
    const waiting = [note("First"), ...moves];
    storage.setItem("wayline.kept.s.gone-tab", JSON.stringify({ client: "gone-tab", base: 2, flying, waiting, at: 0, person: "ines" }));
    const sizes: number[] = [];
    const around = leaver(back, storage, open, "ines", () => sizes.length < 2 || sizes.length > 2);
    const counted: Around = {
      ...around,
      send: async (slug, batch, person) => {
        const how = await around.send(slug, batch, person);
        sizes.push((batch as Batch).ops.length);
        return how;
      },
    };
    const [left] = await sendAll(counted);
    expect(left?.count).toBe(1_201 - (sizes[1] ?? 0));
    expect(await sendAll(counted)).toEqual([]);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000);
    expect(back.document.ui?.notes?.[0]?.text).toBe("First"); // put back to what it was before
    expect(back.document.ui?.positions?.b).toEqual([1_199, 1_199]);
    expect(back.made.map((one) => one.ops.length)).toEqual([1, 1, ...sizes.slice(1, 2), ...sizes.slice(3)]);
    expect(storage.stored.size).toBe(0);
  });

  test("what is kept in a broken form, or cannot be looked at, holds nobody back", async () => {
    const back = new Store(structuredClone(LINE));
    const [storage, open] = [shelf(), new Set<string>()];
    storage.setItem("wayline.kept.s.tab-one", JSON.stringify({ client: "tab-one", base: 1, flying: {}, waiting: named("Mine"), at: 0 }));
    storage.setItem("wayline.kept.s.tab-two", JSON.stringify({ client: "tab-two", base: 1, flying: { client: 1, ops: null }, waiting: [], at: 0 }));
    const around = leaver(back, storage, open);
    const fails = (): never => {
      throw new TypeError("broken");
    };
    expect(await sendAll({ ...around, open: async () => fails(), send: async () => fails() })).toMatchObject([{ count: 1 }]);
    expect(await sendAll(around)).toEqual([]);
    expect([back.document.name, storage.stored.size]).toEqual(["Mine", 0]);
  });

  test("what cannot be sent is told, stays until it is settled, and is a file that can be read", async () => {
    const back = new Store(structuredClone(LINE));
    const [storage, open] = [shelf(), new Set<string>()];
    const one = await desk(back, "tab-one", "ines", storage, open);
    one.faults = ["down"];
    one.store.edit({ label: "x", ops: named("Kept") });
    await one.pass();
    open.clear();
    const unsent = await sendAll(leaver(back, storage, open, "ines", () => false));
    expect(unsent).toMatchObject([{ slug: "s", count: 1 }]);
    expect(storage.stored.size).toBe(1);
    expect(JSON.parse(asFile(unsent)).unsent).toMatchObject([{ journey: "s", revision: 1, ops: named("Kept") }]);
  });

  test("an editor that does not answer is not waited for without end, and its edits are not sent twice", async () => {
    const back = new Store(structuredClone(LINE));
    const [storage, open, pipes] = [shelf(), new Set<string>(), room()];
    const one = await desk(back, "tab-one", "ines", storage, open);
    one.faults = ["down"];
    one.store.edit({ label: "x", ops: named("Kept") });
    await one.pass();
    const later = (_: number, call: () => void) => {
      call();
      return () => undefined;
    };
    const unsent = await sendAll({ ...leaver(back, storage, open), pipe: pipes(), later });
    expect(unsent).toHaveLength(1);
    expect(back.document.name).toBe(LINE.name);
  });

  test("after it nothing of theirs stays: no edits, no pins, and the editor goes", async () => {
    const back = new Store(structuredClone(LINE));
    const [storage, open, pipes] = [shelf(), new Set<string>(), room()];
    const one = await desk(back, "tab-one", "ines", storage, open);
    const session = shelf(new Map([["wayline.pins.ines.s", "{}"], ["wayline.pins.tom.s", "{}"], ["else", "1"]]));
    let left = 0;
    attend(one.store, pipes(), { session, settle: () => undefined, leave: () => void (left += 1) });
    expect([...session.stored.keys()]).toEqual(["wayline.pins.ines.s", "else"]); // of the one before nothing stays
    one.faults = ["down", "down", "down"];
    one.store.edit({ label: "x", ops: named("Discarded") });
    await one.pass();
    pipes().postMessage({ kind: "gone" });
    await one.pass();
    expect([left, one.store.unsaved, storage.stored.size]).toEqual([1, 0, 0]);
    expect([...session.stored.keys()]).toEqual(["else"]);
    expect(back.document.name).toBe(LINE.name);
  });

  test("an editor of somebody else that is open still keeps what it has, and it is not shown", async () => {
    const back = new Store(structuredClone(LINE));
    const [storage, open, pipes] = [shelf(), new Set<string>(), room()];
    const one = await desk(back, "tab-one", "ines", storage, open);
    let left = 0;
    attend(one.store, pipes(), { session: null, settle: () => undefined, leave: () => void (left += 1) });
    one.faults = ["down", "down", "down"];
    one.store.edit({ label: "x", ops: named("Of Ines") });
    await one.pass();
    expect(await sendAll({ ...leaver(back, storage, open, "tom"), person: "tom" })).toEqual([]);
    pipes().postMessage({ kind: "gone", person: "tom" });
    expect([left, one.store.unsaved, storage.stored.size]).toEqual([0, 1, 1]);
    pipes().postMessage({ kind: "gone", person: "ines" });
    expect([left, one.store.unsaved, storage.stored.size]).toEqual([1, 0, 0]);
  });

  test("whoever signs in next neither sees nor sends what another person has left", async () => {
    const back = new Store(structuredClone(LINE));
    const [storage, open] = [shelf(), new Set<string>()];
    const one = await desk(back, "tab-one", "ines", storage, open);
    one.faults = ["down"];
    one.store.edit({ label: "x", ops: named("Of Ines") });
    await one.pass();
    open.clear();
    const two = await desk(back, "tab-two", "tom", storage, open);
    await two.quiet();
    expect(two.store.get().document.name).toBe(LINE.name);
    expect(await sendAll(leaver(back, storage, open, "tom"))).toEqual([]);
    expect(back.document.name).toBe(LINE.name);
    const again = await desk(back, "tab-three", "ines", storage, open);
    await again.quiet();
    expect(back.document.name).toBe("Of Ines");
    expect(storage.stored.size).toBe(0);
  });
});
