import { describe, expect, test } from "bun:test";

import { Release } from "../../builder/canvas/together/release";
import { journey, node } from "./fixtures";
import { Desk, settled, Store } from "./together_fixtures";

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
