import { describe, expect, test } from "bun:test";

import { decor } from "../../builder/canvas/state/decor";
import { Together, type Person } from "../../builder/canvas/together/people";
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
