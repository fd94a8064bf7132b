import { describe, expect, test } from "bun:test";

import { between } from "../../builder/canvas/model/between";
import { diff, isEmpty } from "../../builder/canvas/model/diff";
import { EMPTY, noticed, record, redo, undo } from "../../builder/canvas/model/history";
import { applyBoth, applyOps, compacted, patch } from "../../builder/canvas/model/ops";
import { rebase } from "../../builder/canvas/model/rebase";
import type { JourneyDocument, Op } from "../../builder/canvas/model/types";
import { dice, journey, node } from "./fixtures";
import { Desk, random, shelf, Store } from "./together_fixtures";

const LINE = journey([node("a", "t.begin"), node("b"), node("c")], ["a>b", "b>c"]);
const set = (id: string, values: { [field: string]: string | undefined }): Op => patch(id, values);

describe("edits of one node", () => {
  test("other fields of it stay as someone else has set them", () => {
    const theirs = applyOps(LINE, [set("b", { text: "Hello" })]);
    const { document, conflicts } = rebase(LINE, theirs, [set("b", { of: "a" })]);
    expect(document.nodes[1]?.config).toEqual({ text: "Hello", of: "a" });
    expect(conflicts).toEqual([]);
  });

  test("a patch is taken back field by field, also where there was none", () => {
    const before = applyOps(LINE, [set("b", { text: "Hello" })]);
    const { document, back } = applyBoth(before, [set("b", { text: undefined, of: "a" })]);
    expect(document.nodes[1]?.config).toEqual({ of: "a" });
    expect(applyOps(document, back)).toEqual(before);
  });

  test("patches that follow each other are one, with the last value of each field", () => {
    const ops = [set("b", { text: "H", of: "x" }), set("b", { text: "He", of: undefined }), set("b", { to: "c" })];
    expect(compacted(ops)).toHaveLength(1);
    expect(applyOps(LINE, compacted(ops))).toEqual(applyOps(LINE, ops));
  });
});

describe("undo beside others", () => {
  const mine = { label: "type", ops: [set("b", { text: "mine", of: "a" })] };

  test("what someone else has changed since stays theirs", () => {
    const done = record(LINE, EMPTY, mine, 0);
    const theirs = [set("b", { text: "theirs" })];
    const step = undo(applyOps(done.document, theirs), noticed(done.history, theirs));
    expect(step?.document.nodes[1]?.config).toEqual({ text: "theirs" });
    expect(step?.whole).toBe(false);
    const again = step && redo(step.document, step.history);
    expect(again?.document.nodes[1]?.config).toEqual({ text: "mine", of: "a" });
  });

  test("what we have changed after them is ours again", () => {
    const first = record(LINE, EMPTY, mine, 0);
    const theirs = [set("b", { text: "theirs" })];
    const between = noticed(first.history, theirs);
    const second = record(applyOps(first.document, theirs), between, { label: "x", ops: [set("b", { text: "new" })] }, 9_000);
    expect(undo(second.document, second.history)?.document.nodes[1]?.config?.text).toBe("theirs");
  });

  test("a node that they work with is not taken away under them", () => {
    const done = record(LINE, EMPTY, { label: "add", ops: [{ op: "node.add", node: node("d") }] }, 0);
    const theirs = [set("d", { text: "theirs" })];
    const step = undo(applyOps(done.document, theirs), noticed(done.history, theirs));
    expect(step?.ops).toEqual([]);
    expect(step?.whole).toBe(false);
  });

  test("there is no limit, and five hundred nodes come back in a moment's work", () => {
    const many = journey(Array.from({ length: 500 }, (_, i) => node(`n${i}`)), []);
    const all = many.nodes.map((n): Op => ({ op: "node.del", id: n.id }));
    const done = record(many, EMPTY, { label: "delete", ops: all }, 0);
    expect(undo(done.document, done.history)?.document).toEqual(many);
    let [document, history] = [LINE, EMPTY];
    for (let i = 0; i < 1_000; i += 1) {
      ({ document, history } = record(document, history, { label: "x", ops: [set("b", { text: String(i) })] }, i * 9_000));
    }
    for (let i = 0; i < 1_000; i += 1) {
      const step = undo(document, history);
      if (!step) throw new Error("There was something to undo.");
      ({ document, history } = step);
    }
    expect(document).toEqual(LINE);
  });
});

describe("a document that is replaced: a restore, an import", () => {
  const OLD = applyOps(LINE, [
    { op: "node.del", id: "c" },
    { op: "node.add", node: node("d", "t.ask"), position: [8, 8], at: 1 },
    { op: "edge.add", from: "a", handle: "out", to: "d", at: 0 },
    { op: "group.set", id: "g", title: "Group", nodes: ["a", "b"] },
    { op: "note.set", id: "note", text: "Hello", position: [0, 0] },
    { op: "doc.set", name: "Before", settings: { holdout: 0.1 } },
    set("b", { text: "before" }),
  ]);

  test("it is named operations that lead there, and they are as few as the differences", () => {
    for (const [from, to] of [[LINE, OLD], [OLD, LINE]] as const) {
      const ops = between(from, to);
      expect(ops?.some((op) => op.op === "doc.replace")).toBe(false);
      const { ui = {}, ...rest } = applyOps(from, ops ?? []);
      expect(rest).toEqual({ ...to, ui: undefined } as never);
      expect({ notes: [], ...ui }).toEqual({ notes: [], ...to.ui } as never);
    }
    expect(between(LINE, applyOps(LINE, [set("b", { text: "x" })]))).toEqual([set("b", { text: "x" })]);
  });

  test("random documents: what the operations cannot say is left a whole document", () => {
    let said = 0;
    for (let seed = 1; seed <= 200; seed += 1) {
      const roll = dice(seed);
      const far = (start: JourneyDocument) => {
        let doc = start;
        for (let i = 0; i < 12; i += 1) doc = applyOps(doc, [random(doc, roll, i)]);
        return doc;
      };
      const [one, two] = [far(LINE), far(LINE)];
      const ops = between(one, two);
      if (!ops) continue;
      said += 1;
      const there = applyOps(one, ops);
      expect([there.nodes.map((n) => n.id), there.edges]).toEqual([two.nodes.map((n) => n.id), two.edges]);
      expect(isEmpty(diff({ ...there, ui: {} }, { ...two, ui: {} }))).toBe(true);
    }
    expect(said).toBeGreaterThan(150);
  });

  test("a restore while somebody else edits keeps their newer edits, for both", async () => {
    const back = new Store(structuredClone(LINE));
    const [one, two] = [new Desk(back, "tab-one"), new Desk(back, "tab-two")];
    for (const desk of [one, two]) await desk.store.open();
    one.store.edit({ label: "restore", ops: [{ op: "doc.replace", document: OLD }] });
    two.store.edit({ label: "x", ops: [set("a", { text: "theirs" }), set("b", { text: "theirs" })] });
    await two.pass();
    await one.quiet();
    await two.quiet();
    for (const { store } of [one, two]) {
      expect(store.get().document.nodes.map((n) => n.id)).toEqual(["a", "d", "b"]);
      expect(store.get().document.nodes[0]?.config?.text).toBe("theirs");
      expect(store.get().document).toEqual(back.document);
    }
    expect(one.store.get().conflicts).toMatchObject([{ id: "field/b/text", mine: "before", theirs: "theirs" }]);
  });

  test("it is taken back beside the edits of others, but for what they have changed since", async () => {
    const back = new Store(structuredClone(LINE));
    const [one, two] = [new Desk(back, "tab-one"), new Desk(back, "tab-two")];
    for (const desk of [one, two]) await desk.store.open();
    one.store.edit({ label: "restore", ops: [{ op: "doc.replace", document: OLD }] });
    await one.quiet();
    await two.quiet();
    two.store.edit({ label: "x", ops: [set("b", { text: "theirs" }), { op: "node.title", id: "a", title: "Theirs" }] });
    await two.quiet();
    await one.quiet();
    one.store.undo();
    await one.quiet();
    await two.quiet();
    const { document, message } = one.store.get();
    expect(document.nodes.map((n) => [n.id, n.title, n.config?.text])).toEqual([["a", "Theirs", undefined], ["b", undefined, "theirs"], ["c", undefined, undefined]]);
    expect(document.edges).toEqual(LINE.edges);
    expect([document.name, document.settings]).toEqual([LINE.name, undefined]);
    expect(message).toContain("Only in part");
    expect(two.store.get().document).toEqual(document);
  });

  test("where it stays a whole document, undo takes back what it changed, and no more", () => {
    const shuffled = { ...LINE, nodes: [...LINE.nodes].reverse(), name: "Imported" };
    expect(between(LINE, shuffled)).toBeNull();
    const done = record(LINE, EMPTY, { label: "import", ops: [{ op: "doc.replace", document: OLD }] }, 0);
    const theirs = [set("a", { text: "theirs" })];
    const step = undo(applyOps(done.document, theirs), noticed(done.history, theirs));
    expect(step?.document.nodes.map((n) => n.id)).toEqual(["a", "b", "c"]);
    expect(step?.document.nodes[0]?.config?.text).toBe("theirs");
    expect(step?.whole).toBe(true);
  });

  test("when somebody else replaces it, what they left alone can still be undone", async () => {
    const back = new Store(structuredClone(LINE));
    const one = new Desk(back, "tab-one");
    await one.store.open();
    one.store.edit({ label: "x", ops: [set("c", { text: "mine" })] });
    one.store.edit({ label: "y", ops: [set("b", { text: "mine" })] });
    await one.quiet();
    const document = applyOps(back.document, [set("b", { text: "imported" }), { op: "doc.set", name: "Imported" }]);
    back.edit({ client: "other", seq: 1, base: back.rev, label: "", ops: [{ op: "doc.replace", document }] });
    await one.quiet();
    one.store.undo();
    expect(one.store.get().document.nodes[1]?.config?.text).toBe("imported");
    one.store.undo();
    expect(one.store.get().document.nodes[2]?.config?.text).toBeUndefined();
    await one.quiet();
    expect([back.document.name, back.document.nodes[1]?.config?.text]).toEqual(["Imported", "imported"]);
  });
});

describe("notes and groups are set whole, and yet go together", () => {
  const START = applyOps(LINE, [
    { op: "note.set", id: "note", text: "old", position: [0, 0], color: 1 },
    { op: "group.set", id: "g", title: "Old", nodes: ["a", "b"] },
  ]);
  const note: Op[] = [{ op: "note.set", id: "note", text: "old", position: [8, 8], color: 1 }];
  const group: Op[] = [{ op: "group.set", id: "g", title: "Old", nodes: ["a", "b", "c"], collapsed: true }];
  const others: Op[] = [
    { op: "note.set", id: "note", text: "theirs", position: [0, 0] },
    { op: "group.set", id: "g", title: "Theirs", nodes: ["b"] },
  ];
  const both = {
    note: { id: "note", text: "theirs", position: [8, 8] },
    group: { id: "g", title: "Theirs", nodes: ["b", "c"], collapsed: true },
  };

  test("one moves a note while somebody else writes in it; one folds a group while it gets another name", () => {
    const { document, conflicts } = rebase(START, applyOps(START, others), [...note, ...group]);
    expect(document.ui?.notes).toEqual([both.note as never]);
    expect(document.ui?.groups).toEqual([both.group]);
    expect(conflicts).toEqual([]);
  });

  test("… also when the edits cross on their way", async () => {
    const back = new Store(structuredClone(START));
    const [one, two] = [new Desk(back, "tab-one"), new Desk(back, "tab-two")];
    for (const desk of [one, two]) await desk.store.open();
    one.store.edit({ label: "x", ops: others });
    two.store.edit({ label: "y", ops: [...note, ...group] });
    await one.pass();
    await two.quiet();
    await one.quiet();
    for (const doc of [back.document, one.store.get().document, two.store.get().document]) {
      expect([doc.ui?.notes?.[0], doc.ui?.groups?.[0]]).toEqual([both.note, both.group] as never);
    }
    expect([...one.store.get().conflicts, ...two.store.get().conflicts]).toEqual([]);
  });

  test("the same words of both are a conflict, and either can be chosen", () => {
    const ours: Op[] = [{ op: "group.set", id: "g", title: "Mine", nodes: ["a", "b"] }, { op: "node.type", id: "c", type: "t.ask", config: {} }];
    const theirs = applyOps(START, [...others, set("c", { text: "theirs" })]);
    const { document, conflicts } = rebase(START, theirs, ours);
    expect(conflicts).toMatchObject([{ id: "group/g", mine: "Mine", theirs: "Theirs" }, { id: "type/c", theirs: { config: { text: "theirs" } } }]);
    const taken = applyOps(document, conflicts.flatMap((one) => one.take));
    expect([taken.ui?.groups?.[0]?.title, taken.nodes[2]?.type, taken.nodes[2]?.config]).toEqual(["Theirs", "t.plain", { text: "theirs" }]);
  });
});

describe("places", () => {
  const move = (id: string, x: number): Op => ({ op: "node.move", id, position: [x, 0] });

  async function two() {
    const back = new Store(structuredClone(LINE));
    const desks = [new Desk(back, "tab-one"), new Desk(back, "tab-two")] as const;
    for (const desk of desks) await desk.store.open();
    const places = () => [...desks.map((desk) => desk.store.get().document), back.document].map((doc) => doc.ui?.positions?.b?.[0]);
    return { desks, places };
  }

  test("two move one node at once: for everybody it stands where it was put last, and nobody is asked", async () => {
    const { desks: [one, other], places } = await two();
    one.store.edit({ label: "move", ops: [move("b", 80)] });
    other.store.edit({ label: "move", ops: [move("b", 160)] });
    await one.pass();
    await other.quiet();
    await one.quiet();
    expect(places()).toEqual([160, 160, 160]);
    expect([...one.store.get().conflicts, ...other.store.get().conflicts]).toEqual([]);
  });

  test("undo gives my former place back, but not when somebody else has moved it since", async () => {
    const { desks: [one, other], places } = await two();
    one.store.edit({ label: "move", ops: [move("b", 80)] });
    await one.quiet();
    await other.quiet();
    one.store.undo();
    await one.quiet();
    await other.quiet();
    const before = LINE.ui?.positions?.b?.[0] ?? 0;
    expect(places()).toEqual([before, before, before]);
    one.store.redo();
    await one.quiet();
    await other.quiet();
    other.store.edit({ label: "move", ops: [move("b", 160), move("a", 40)] });
    await other.quiet();
    await one.quiet();
    one.store.undo();
    await one.quiet();
    expect(places()).toEqual([160, 160, 160]);
    expect(one.store.get().message).toContain("Left as it is");
  });
});

describe("conflicts", () => {
  test("the same field: ours stands, both values are kept, and either can be chosen", () => {
    const theirs = applyOps(LINE, [set("b", { text: "theirs" })]);
    const { document, conflicts } = rebase(LINE, theirs, [set("b", { text: "mine" })]);
    expect(document.nodes[1]?.config?.text).toBe("mine");
    const [one] = conflicts;
    expect(one).toMatchObject({ kind: "changed", node: "b", field: "text", mine: "mine", theirs: "theirs" });
    expect(applyOps(document, one?.take ?? []).nodes[1]?.config?.text).toBe("theirs");
  });

  test("the same value is none", () => {
    const theirs = applyOps(LINE, [set("b", { text: "same" })]);
    expect(rebase(LINE, theirs, [set("b", { text: "same" })]).conflicts).toEqual([]);
  });

  test("they deleted what we changed: it can come back with our changes and its lines", () => {
    const theirs = applyOps(LINE, [{ op: "node.del", id: "b" }]);
    const { document, conflicts } = rebase(LINE, theirs, [set("b", { text: "mine" })]);
    expect(document.nodes.map((n) => n.id)).toEqual(["a", "c"]);
    const back = applyOps(document, conflicts[0]?.keep ?? []);
    expect(back.nodes.find((n) => n.id === "b")?.config).toEqual({ text: "mine" });
    expect(back.edges).toHaveLength(2);
  });

  test("we deleted what they changed: it can come back with theirs", () => {
    const theirs = applyOps(LINE, [set("b", { text: "theirs" })]);
    const { document, conflicts } = rebase(LINE, theirs, [{ op: "node.del", id: "b" }]);
    expect(conflicts[0]).toMatchObject({ kind: "removed", theirs: { text: "theirs" } });
    const back = applyOps(document, conflicts[0]?.take ?? []);
    expect(back.nodes.find((n) => n.id === "b")?.config).toEqual({ text: "theirs" });
  });

  test("two new nodes of one name are both there, and what speaks of ours follows", () => {
    const theirs = applyOps(LINE, [{ op: "node.add", node: node("d", "t.send") }]);
    const ours: Op[] = [
      { op: "node.add", node: node("d"), position: [8, 8] },
      { op: "edge.add", from: "c", handle: "out", to: "d" },
      set("c", { text: "{{ steps.d.text }}" }),
    ];
    const { document, renamed } = rebase(LINE, theirs, ours);
    expect(renamed.get("d")).toBe("d_2");
    expect(document.nodes.map((n) => n.id)).toEqual(["a", "b", "c", "d", "d_2"]);
    expect(document.edges.at(-1)?.to).toBe("d_2");
    expect(document.nodes[2]?.config?.text).toBe("{{ steps.d_2.text }}");
    expect(document.ui?.positions?.d_2).toEqual([8, 8]);
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
    const back = new Store(structuredClone(LINE));
    const [one, two] = [new Desk(back, "tab-one"), new Desk(back, "tab-two")];
    for (const desk of [one, two]) await desk.store.open();
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
    const back = new Store(journey([node("a", "t.begin"), node("b")], ["a>b"], false));
    const [one, two] = [new Desk(back, "tab-one"), new Desk(back, "tab-two")];
    for (const desk of [one, two]) await desk.store.open();
    one.store.edit({ label: "delete", ops: [{ op: "node.del", id: "b" }] });
    await one.quiet();
    await two.quiet();
    two.store.edit({ label: "rename", ops: [{ op: "doc.set", name: "Mine" }] });
    await two.quiet();
    expect(two.store.get().save.kind).toBe("saved");
    expect(back.document.name).toBe("Mine");
  });

  test("nodes of one name are renamed for whoever comes later, and undo goes on", async () => {
    const back = new Store(structuredClone(LINE));
    const [one, two] = [new Desk(back, "tab-one"), new Desk(back, "tab-two")];
    for (const desk of [one, two]) {
      await desk.store.open();
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
