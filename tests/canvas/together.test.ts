import { describe, expect, test } from "bun:test";

import type { JourneyDocument, Op } from "../../builder/canvas/model/types";
import { random } from "./chance";
import { dice, journey, node } from "./fixtures";
import { Desk, LINE, pair, set, shelf, Store } from "./together_fixtures";

describe("places", () => {
  const move = (id: string, x: number): Op => ({ op: "node.move", id, position: [x, 0] });

  async function placed() {
    const { back, one, two } = await pair(LINE);
    const places = () => [one.store.get().document, two.store.get().document, back.document].map((doc) => doc.ui?.positions?.b?.[0]);
    return { one, two, places };
  }

  test("two move one node at once: for everybody it stands where it was put last, and nobody is asked", async () => {
    const { one, two, places } = await placed();
    one.store.edit({ label: "move", ops: [move("b", 80)] });
    two.store.edit({ label: "move", ops: [move("b", 160)] });
    await one.pass();
    await two.quiet();
    await one.quiet();
    expect(places()).toEqual([160, 160, 160]);
    expect([...one.store.get().conflicts, ...two.store.get().conflicts]).toEqual([]);
  });

  test("undo gives my former place back, but not when somebody else has moved it since", async () => {
    const { one, two, places } = await placed();
    one.store.edit({ label: "move", ops: [move("b", 80)] });
    await one.quiet();
    await two.quiet();
    one.store.undo();
    await one.quiet();
    await two.quiet();
    const before = LINE.ui?.positions?.b?.[0] ?? 0;
    expect(places()).toEqual([before, before, before]);
    one.store.redo();
    await one.quiet();
    await two.quiet();
    two.store.edit({ label: "move", ops: [move("b", 160), move("a", 40)] });
    await two.quiet();
    await one.quiet();
    one.store.undo();
    await one.quiet();
    expect(places()).toEqual([160, 160, 160]);
    expect(one.store.get().message).toContain("Left as it is");
  });
});

describe("several editors of one draft", () => {
  test("random work of three, with lost answers and pauses offline, ends with equal documents", async () => {
    for (let seed = 1; seed <= 25; seed += 1) {
      const roll = dice(seed);
      const back = new Store(structuredClone(LINE));
      const open = new Set<string>();
      const desks = ["tab-one", "tab-two", "tab-three"].map((name) => new Desk(back, name, null, open));
      for (const desk of desks) await desk.store.open();
      for (let i = 0; i < 80; i += 1) {
        const desk = desks[roll(desks.length)] as Desk;
        const { store } = desk;
        const what = roll(12);
        if (what === 0) store.undo();
        else if (what === 1) store.redo();
        else if (what === 2) desk.faults.push(roll(2) ? "lost" : "down");
        else if (what === 3) store.heard(back.rev);
        else store.edit({ label: "x", ops: [random(store.get().document, roll, i, desk.name.slice(4, 5))] });
        if (roll(3) === 0) await desk.pass();
      }
      for (let round = 0; round < 3; round += 1) for (const desk of desks) await desk.quiet();
      for (const { store } of desks) {
        expect(store.get().save.kind).toBe("saved");
        expect(store.get().document).toEqual(back.document);
        expect(store.unsaved).toBe(0);
      }
    }
  });

  test("nobody's field is lost when each works in a field of their own", async () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const roll = dice(seed);
      const back = new Store(structuredClone(LINE));
      const desks = ["tab-one", "tab-two"].map((name) => new Desk(back, name));
      for (const desk of desks) await desk.store.open();
      const wanted: { [key: string]: string } = {};
      for (let i = 0; i < 60; i += 1) {
        const desk = desks[roll(2)] as Desk;
        const id = LINE.nodes[roll(3)]?.id ?? "a";
        const config = { ...desk.store.get().document.nodes.find((n) => n.id === id)?.config, [desk.name]: String(i) };
        desk.store.configure(id, config, desk.name);
        wanted[`${id} ${desk.name}`] = String(i);
        if (roll(3) === 0) await desk.pass();
      }
      for (const desk of [...desks, ...desks]) await desk.quiet();
      for (const [key, value] of Object.entries(wanted)) {
        const [id, field] = key.split(" ") as [string, string];
        expect(back.document.nodes.find((n) => n.id === id)?.config?.[field]).toBe(value);
      }
      expect(desks.flatMap((desk) => desk.store.get().conflicts)).toEqual([]);
    }
  });

  test("a conflict is settled by taking theirs, for everybody", async () => {
    const { one, two } = await pair(LINE);
    one.store.edit({ label: "x", ops: [set("b", { text: "first" })] });
    two.store.edit({ label: "x", ops: [set("b", { text: "second" })] });
    await one.pass();
    await two.pass();
    expect(two.store.get().conflicts).toMatchObject([{ by: "tab-one", mine: "second", theirs: "first" }]);
    two.store.settle("field/b/text", "take");
    await two.quiet();
    await one.quiet();
    expect(one.store.get().document.nodes[1]?.config?.text).toBe("first");
    expect(two.store.get().conflicts).toEqual([]);
  });

  test("places found for nodes that had none are not saved for one that is gone meanwhile", async () => {
    const { back, one, two } = await pair(journey([node("a", "t.begin"), node("b")], ["a>b"], false));
    one.store.edit({ label: "delete", ops: [{ op: "node.del", id: "b" }] });
    await one.quiet();
    await two.quiet();
    two.store.edit({ label: "rename", ops: [{ op: "doc.set", name: "Mine" }] });
    await two.quiet();
    expect(two.store.get().save.kind).toBe("saved");
    expect(back.document.name).toBe("Mine");
  });

  test("nodes of one name are renamed for whoever comes later, and undo goes on", async () => {
    const { back, one, two } = await pair(LINE);
    for (const desk of [one, two]) {
      desk.store.edit({ label: "add", ops: [{ op: "node.add", node: node("d"), position: [0, 0] }] });
      desk.store.select(["d"]);
    }
    await one.quiet();
    await two.quiet();
    await one.quiet();
    expect(one.store.get().document.nodes.map((n) => n.id)).toEqual(["a", "b", "c", "d", "d_2"]);
    expect([...two.store.get().selected]).toEqual(["d_2"]);
    two.store.undo();
    await two.quiet();
    expect(back.document.nodes.map((n) => n.id)).toEqual(["a", "b", "c", "d"]);
  });
});

describe("what could not be sent", () => {
  test("two tabs keep theirs apart, and the next one takes over only those of closed tabs", async () => {
    const back = new Store(structuredClone(LINE));
    const storage = shelf();
    const open = new Set<string>();
    const desks = ["tab-one", "tab-two"].map((name) => new Desk(back, name, storage, open));
    for (const [i, desk] of desks.entries()) {
      await desk.store.open();
      desk.faults = ["down"];
      desk.store.edit({ label: "x", ops: [set(i ? "c" : "b", { text: desk.name })] });
      await desk.pass();
    }
    expect(storage.stored.size).toBe(2);
    open.delete("tab-one"); // closed without a word
    const next = new Desk(back, "tab-three", storage, open);
    await next.store.open();
    await next.quiet();
    expect(back.document.nodes.map((n) => n.config?.text)).toEqual([undefined, "tab-one", undefined]);
    expect([...storage.stored.keys()]).toEqual(["wayline.kept.s.tab-two"]);
    await desks[1]?.quiet();
    expect(back.document.nodes[2]?.config?.text).toBe("tab-two");
    expect(storage.stored.size).toBe(0);
  });

  test("a batch that had arrived is not done again by the tab that takes it over", async () => {
    const back = new Store(structuredClone(LINE));
    const storage = shelf();
    const open = new Set<string>();
    const first = new Desk(back, "tab-one", storage, open);
    await first.store.open();
    first.faults = ["lost"];
    first.store.edit({ label: "x", ops: [{ op: "node.add", node: node("d"), position: [0, 0] }] });
    await first.pass();
    first.store.edit({ label: "x", ops: [set("d", { text: "later" })] });
    open.delete("tab-one");
    const next = new Desk(back, "tab-two", storage, open);
    await next.store.open();
    await next.quiet();
    expect(back.document.nodes.map((n) => n.id)).toEqual(["a", "b", "c", "d"]);
    expect(back.document.nodes[3]?.config?.text).toBe("later");
    expect(storage.stored.size).toBe(0);
  });

  test("what others changed while the tab was closed is told as a conflict", async () => {
    const back = new Store(structuredClone(LINE));
    const storage = shelf();
    const open = new Set<string>();
    const first = new Desk(back, "tab-one", storage, open);
    await first.store.open();
    first.faults = ["down"];
    first.store.edit({ label: "x", ops: [set("b", { text: "mine" })] });
    await first.pass();
    open.delete("tab-one");
    back.edit({ client: "other", seq: 1, base: 1, label: "", ops: [set("b", { text: "theirs" })] });
    const next = new Desk(back, "tab-two", storage, open);
    await next.store.open();
    await next.quiet();
    const found = next.store.get().conflicts.map((one) => [one.mine, one.theirs]);
    expect(found).toEqual([["mine", "theirs"]]);
  });
});

test("the documents of the tests stay as they were", () => {
  expect(LINE.nodes.map((n) => n.config)).toEqual([{}, {}, {}] satisfies JourneyDocument["nodes"][number]["config"][]);
});
