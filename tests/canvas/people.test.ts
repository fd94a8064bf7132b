import { describe, expect, test } from "bun:test";

import { decor } from "../../builder/canvas/state/decor";
import { Together, type Person } from "../../builder/canvas/together/people";
import { Release } from "../../builder/canvas/together/release";
import { listen, type Event } from "../../builder/canvas/together/stream";
import type { EditorStore } from "../../builder/canvas/state/store";
import { journey, node } from "./fixtures";
import { Desk, settled, Store } from "./together_fixtures";

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
    const reading = listen(answer, (event) => heard.push(event));
    await send(': hello\n\ndata: {"rev"');
    await send(": 1}\n\nevent: signed-out\nda");
    await send("ta: {}\n\n");
    end();
    expect(await reading).toBe(true);
    expect(heard).toEqual([
      { name: "message", data: '{"rev": 1}' },
      { name: "signed-out", data: "{}" },
    ]);
  });

  test("another answer is none", async () => {
    const none = new Response("{}", { headers: { "content-type": "application/json" } });
    expect(await listen(none, () => undefined)).toBe(false);
    expect(await listen(pipe(503).answer, () => undefined)).toBe(false);
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
    await pass(60_000);
    expect(said).toEqual([]);
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
