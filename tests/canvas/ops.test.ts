import { describe, expect, test } from "bun:test";

import { EMPTY, record, redo, undo, type History } from "../../builder/canvas/model/history";
import { applyOps, applyWhatFits, inverse, OperationRefused } from "../../builder/canvas/model/ops";
import type { JourneyDocument, Op } from "../../builder/canvas/model/types";
import { random } from "./chance";
import { dice, journey, node } from "./fixtures";

const line = journey([node("a", "t.begin"), node("b"), node("c")], ["a>b", "b>c"]);

describe("operations", () => {
  test("a deleted node takes its edges and its place along", () => {
    const after = applyOps(line, [{ op: "node.del", id: "b" }]);
    expect(after.nodes.map((n) => n.id)).toEqual(["a", "c"]);
    expect(after.edges).toEqual([]);
    expect(after.ui?.positions).not.toHaveProperty("b");
  });

  test("the document that was given stays as it was", () => {
    const before = structuredClone(line);
    applyOps(line, [{ op: "node.del", id: "b" }, { op: "node.title", id: "a", title: "Start" }]);
    expect(line).toEqual(before);
  });

  test("a title or a switch that is empty leaves no trace in the document", () => {
    const titled = applyOps(line, [
      { op: "node.title", id: "a", title: "Start" },
      { op: "node.disable", id: "a", disabled: true },
    ]);
    expect(titled.nodes[0]).toMatchObject({ title: "Start", disabled: true });
    const bare = applyOps(titled, [
      { op: "node.title", id: "a", title: "" },
      { op: "node.disable", id: "a", disabled: false },
    ]);
    expect(bare.nodes[0]).toEqual(line.nodes[0] as never);
  });

  test("what does not fit is refused, and what fits of the rest is kept", () => {
    const ops: Op[] = [
      { op: "node.move", id: "gone", position: [0, 0] },
      { op: "node.title", id: "a", title: "Start" },
    ];
    expect(() => applyOps(line, ops)).toThrow(OperationRefused);
    const { document, kept } = applyWhatFits(line, ops);
    expect(kept).toHaveLength(1);
    expect(document.nodes[0]?.title).toBe("Start");
  });

  test("settings that become null are taken out", () => {
    const staged = applyOps(line, [{ op: "doc.set", stage: "decision", about: "x" }]);
    expect(staged).toMatchObject({ stage: "decision", about: "x" });
    expect(applyOps(staged, [{ op: "doc.set", stage: null }])).not.toHaveProperty("stage");
  });
});

describe("taking back", () => {
  const cases: [string, Op[]][] = [
    ["adding", [{ op: "node.add", node: node("d"), position: [8, 8] }]],
    ["moving", [{ op: "node.move", id: "b", position: [80, 80] }]],
    ["deleting the last", [{ op: "node.del", id: "c" }]],
    ["deleting in the middle", [{ op: "node.del", id: "a" }]],
    ["setting", [{ op: "node.set", id: "b", config: { text: "Hello" } }]],
    ["connecting", [{ op: "edge.add", from: "a", handle: "out", to: "c" }]],
    ["disconnecting the first", [{ op: "edge.del", from: "a", handle: "out", to: "b" }]],
    ["naming", [{ op: "doc.set", name: "Other", about: "new", settings: { time_zone: "UTC" } }]],
    ["noting", [{ op: "note.set", id: "n", text: "Hi", position: [0, 0] }]],
  ];
  for (const [what, ops] of cases) {
    test(`${what} gives the very same document back, order included`, () => {
      const after = applyOps(line, ops);
      const back = applyOps(after, inverse(line, ops));
      expect(JSON.stringify({ ...back, ui: null })).toBe(JSON.stringify({ ...line, ui: null }));
      expect(back.ui).toEqual(line.ui as never);
    });
  }

  test("any row of edits is undone and done again, step by step", () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      const roll = dice(seed);
      let document: JourneyDocument = line;
      let history: History = EMPTY;
      const states = [document];
      for (let i = 0; i < 25; i += 1) {
        const op = random(document, roll, i);
        if (Bun.deepEquals(applyOps(document, [op]), document)) continue; // nothing to take back
        ({ document, history } = record(document, history, { label: "x", ops: [op] }, i * 10_000));
        states.push(document);
      }
      for (let i = states.length - 2; i >= 0; i -= 1) {
        const step = undo(document, history);
        if (!step) throw new Error("There was something to undo.");
        ({ document, history } = step);
        expect(document).toEqual(states[i] as never);
      }
      expect(undo(document, history)).toBeNull();
      for (let i = 1; i < states.length; i += 1) {
        const step = redo(document, history);
        if (!step) throw new Error("There was something to do again.");
        ({ document, history } = step);
        expect(document).toEqual(states[i] as never);
      }
    }
  });

  test("keystrokes in one field that follow each other are one step", () => {
    let [document, history] = [line, EMPTY as History];
    ["H", "He", "Hel"].forEach((text, i) => {
      const edit = { label: "type", key: "b/text", ops: [{ op: "node.set", id: "b", config: { text } } as Op] };
      ({ document, history } = record(document, history, edit, 1_000 + i * 200));
    });
    expect(history.done).toHaveLength(1);
    expect(undo(document, history)?.document).toEqual(line);
    const later = { label: "type", key: "b/text", ops: [{ op: "node.set", id: "b", config: {} } as Op] };
    expect(record(document, history, later, 60_000).history.done).toHaveLength(2);
  });

  test("who types on and on takes back the last ten seconds, not all of it", () => {
    let [document, history] = [line, EMPTY as History];
    for (let i = 0; i < 30; i += 1) {
      const edit = { label: "type", key: "b/text", ops: [{ op: "node.set", id: "b", config: { text: String(i) } } as Op] };
      ({ document, history } = record(document, history, edit, i * 1_000));
    }
    expect(history.done).toHaveLength(3);
    expect(undo(document, history)?.document.nodes[1]?.config?.text).toBe("19");
  });

  test("a new edit forgets what was undone", () => {
    const first = record(line, EMPTY, { label: "x", ops: [{ op: "node.del", id: "c" }] }, 0);
    const back = undo(first.document, first.history);
    const next = record(back?.document ?? line, back?.history ?? EMPTY, { label: "y", ops: [{ op: "node.del", id: "b" }] }, 9_000);
    expect(redo(next.document, next.history)).toBeNull();
  });
});
