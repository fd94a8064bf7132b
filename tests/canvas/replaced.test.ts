import { describe, expect, test } from "bun:test";

import { between } from "../../builder/canvas/model/between";
import { diff, isEmpty } from "../../builder/canvas/model/diff";
import { EMPTY, noticed, record, undo } from "../../builder/canvas/model/history";
import { applyOps } from "../../builder/canvas/model/ops";
import type { JourneyDocument } from "../../builder/canvas/model/types";
import { random } from "./chance";
import { dice, node } from "./fixtures";
import { Desk, LINE, pair, set, Store } from "./together_fixtures";

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
    const { back, one, two } = await pair(LINE);
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
    const { one, two } = await pair(LINE);
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
