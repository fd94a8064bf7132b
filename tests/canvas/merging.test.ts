import { describe, expect, test } from "bun:test";

import { EMPTY, noticed, record, redo, undo } from "../../builder/canvas/model/history";
import { applyBoth, applyOps, compacted } from "../../builder/canvas/model/ops";
import { rebase } from "../../builder/canvas/model/rebase";
import type { Op } from "../../builder/canvas/model/types";
import { journey, node } from "./fixtures";
import { LINE, pair, set } from "./together_fixtures";

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
    const { back, one, two } = await pair(START);
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
