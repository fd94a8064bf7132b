import { describe, expect, test } from "bun:test";

import { applied, changes, counted, diff, isEmpty } from "../../builder/canvas/model/diff";
import { applyOps } from "../../builder/canvas/model/ops";
import type { Json, JourneyDocument, JourneyNode, Op } from "../../builder/canvas/model/types";
import { dice, journey, labels, node } from "./fixtures";

const line = journey([node("a", "t.begin"), node("b"), node("c")], ["a>b", "b>c"]);

/** Documents that mean the same: no config is an empty one, no notes are an empty list. */
function normal(doc: JourneyDocument): object {
  const { positions = {}, notes = [], ...ui } = doc.ui ?? {};
  return JSON.parse(JSON.stringify({ ...doc, nodes: doc.nodes.map((n) => ({ ...n, config: n.config ?? {} })), ui: { ...ui, positions, notes } }));
}

describe("the difference of two documents", () => {
  test("leads from any document to any other", () => {
    for (let seed = 1; seed <= 400; seed += 1) {
      const roll = dice(seed);
      const [before, after] = [wild(roll), roll(3) ? wild(roll) : line];
      const found = diff(before, after);
      expect(normal(applied(before, found))).toEqual(normal(after));
      expect(isEmpty(diff(after, applied(before, found)))).toBe(true);
    }
  });

  test("of a document with itself is empty", () => {
    expect(isEmpty(diff(line, structuredClone(line)))).toBe(true);
    const bare = { ...line, nodes: line.nodes.map(({ config: _, ...n }) => n), ui: { positions: line.ui?.positions ?? {} } };
    expect(isEmpty(diff(line, bare))).toBe(true);
  });

  test("finds the one word in an item of a list by the item's name, wherever it stands", () => {
    const before = journey([node("s", "t.sort", labels("project", "question"))]);
    const config = { labels: [{ name: "new", description: "new" }, { name: "question", description: "asks" }, { name: "project", description: "project" }] };
    const after = journey([node("s", "t.sort", config)]);
    const [change] = diff(before, after).nodes;
    if (change?.kind !== "changed") throw new Error("The node has changed.");
    expect(change.fields).toEqual([
      { kind: "set", path: ["config", "labels", { key: "name", is: "question" }, "description"], before: "question", after: "asks" },
      { kind: "set", path: ["config", "labels", { key: "name", is: "new" }], before: undefined, after: { name: "new", description: "new" } },
      { kind: "order", path: ["config", "labels"], key: "name", before: ["project", "question"], after: ["new", "question", "project"] },
    ]);
  });

  test("takes a list without names as a whole, unless it is as long as before", () => {
    const on = (...events: string[]) => ({ ...line, settings: { exit_when: events.map((event) => ({ event })) } });
    expect(diff(on("paid"), on("paid", "left")).fields).toHaveLength(1);
    expect(diff(on("paid", "gone"), on("paid", "left")).fields.map((f) => f.path)).toEqual([["settings", "exit_when", 1, "event"]]);
  });

  test("keeps moves, notes and groups apart from what customers notice", () => {
    const after = applyOps(line, [
      { op: "node.move", id: "b", position: [800, 8] },
      { op: "note.set", id: "n", text: "Look", position: [0, 0] },
    ]);
    const grouped = { ...after, ui: { ...after.ui, groups: [{ id: "g", title: "First", nodes: ["a"] }] } };
    const { nodes, ways, fields, layout } = counted(diff(line, grouped));
    expect([nodes, ways, fields]).toEqual([[], [], []]);
    expect([layout.moved.length, layout.notes.length, layout.fields.length]).toEqual([1, 1, 1]);
    expect(changes(grouped, line)).toBe(0);
  });

  test("counts a node together with its lines, and a setting once", () => {
    const after = applyOps(line, [
      { op: "node.del", id: "c" },
      { op: "node.add", node: node("d") },
      { op: "edge.add", from: "b", handle: "out", to: "d" },
      { op: "doc.set", settings: { reentry: { mode: "after", wait: "P1D" } } },
    ]);
    expect(changes(after, line)).toBe(3);
    const goal = { ...line, settings: { reentry: { mode: "once" }, goal: { event: "paid" } } };
    expect([changes(goal, line), changes(line, goal)]).toEqual([2, 2]);
    expect(changes(applyOps(line, [{ op: "doc.set", name: "Other", stage: "decision" }]), line)).toBe(2);
  });

  test("tells a way that goes by a new node with the node, and one that turns as one change", () => {
    const through = applyOps(line, [
      { op: "edge.del", from: "a", handle: "out", to: "b" },
      { op: "node.add", node: node("d") },
      { op: "edge.add", from: "a", handle: "out", to: "d" },
      { op: "edge.add", from: "d", handle: "out", to: "b" },
    ]);
    expect(counted(diff(line, through)).ways).toEqual([]);
    expect(counted(diff(through, line)).ways).toEqual([]);
    const turned = applyOps(line, [
      { op: "edge.del", from: "a", handle: "out", to: "b" },
      { op: "edge.add", from: "a", handle: "out", to: "c" },
    ]);
    expect(counted(diff(line, turned)).ways).toEqual([{ from: "a", handle: "out", before: ["b"], after: ["c"] }]);
  });

  test("says so when only the order differs", () => {
    const turned = { ...line, edges: [...line.edges].reverse() };
    expect(counted(diff(line, turned)).order).toBe(true);
    expect(changes(turned, line)).toBe(1);
  });
});

/** A document that other dice would hardly make: nodes, fields, lists and notes from small sets. */
function wild(roll: (sides: number) => number): JourneyDocument {
  const some = <T>(items: readonly T[], most = items.length): T[] =>
    shuffled(items, roll).slice(0, roll(most + 1));
  const ids = some(["a", "b", "c", "d", "e"]);
  const nodes = ids.map((id): JourneyNode => {
    const made: JourneyNode = { id, type: `t.${roll(2)}` };
    if (roll(3)) made.config = Object.fromEntries(some(["x", "y", "__proto__", "labels"]).map((key) => [key, value(roll, 3)]));
    if (roll(2)) made.title = `T${roll(3)}`;
    if (roll(4) === 0) made.disabled = true;
    return made;
  });
  const pairs = ids.flatMap((from) => ids.map((to) => ({ from, handle: `h${roll(2)}`, to })));
  const doc: JourneyDocument = { format: 1, name: `N${roll(3)}`, nodes, edges: some(pairs, 6) };
  if (roll(2)) doc.settings = { exit_when: value(roll, 2), goal: value(roll, 2) };
  if (roll(5)) {
    doc.ui = {
      positions: Object.fromEntries(some([...ids, "gone"]).map((id) => [id, [roll(3), roll(3)]])),
      notes: some(["n", "m", "o"]).map((id) => ({ id, text: `t${roll(2)}`, position: [roll(2), 0] })),
      groups: some(["g", "h"]).map((id) => ({ id, title: `G${roll(2)}`, nodes: some(ids) })),
    };
  }
  return doc;
}

function value(roll: (sides: number) => number, depth: number): Json {
  const choices: (() => Json)[] = [
    () => roll(3),
    () => "text " + roll(3),
    () => null,
    () => roll(2) === 0,
    () => shuffled(["p", "q", "r"], roll).slice(0, roll(4)).map((name) => ({ name, v: value(roll, depth - 1) })),
    () => Array.from({ length: roll(3) }, () => ({ w: value(roll, depth - 1) })),
    () => Array.from({ length: roll(3) }, () => value(roll, depth - 1)),
    () => ({ k: value(roll, depth - 1), l: roll(2) }),
  ];
  return choices[roll(depth > 0 ? choices.length : 4)]?.() ?? null;
}

function shuffled<T>(items: readonly T[], roll: (sides: number) => number): T[] {
  const left = [...items];
  return items.flatMap(() => left.splice(roll(left.length), 1));
}

test("an edit shows in the difference as what it did", () => {
  const ops: Op[] = [
    { op: "node.title", id: "a", title: "Start" },
    { op: "edge.del", from: "b", handle: "out", to: "c" },
  ];
  const found = diff(line, applyOps(line, ops));
  expect(found.nodes.map((n) => [n.kind, n.id])).toEqual([["changed", "a"]]);
  expect(found.edges).toEqual([{ kind: "removed", edge: { from: "b", handle: "out", to: "c" } }]);
});
