import { describe, expect, test } from "bun:test";

import { asFile, attend, sendAll, type Around, type Pipe, type Word } from "../../builder/canvas/together/leaving";
import type { Op } from "../../builder/canvas/model/types";
import type { Batch } from "../../builder/canvas/state/keeping";
import { journey, node } from "./fixtures";
import { Desk, shelf, Store } from "./together_fixtures";

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
