import { describe, expect, test } from "bun:test";

import { meanings } from "../../builder/canvas/model/meanings";
import { fixesOf } from "../../builder/canvas/model/problems";
import { written, type Box, type Wanted, type Written } from "../../builder/canvas/model/way_words";
import type { NodeType, Op, Point } from "../../builder/canvas/model/types";
import { mend } from "../../builder/canvas/state/mending";
import type { EditorStore } from "../../builder/canvas/state/store";
import { dice, node, TYPES } from "./fixtures";

const base = TYPES.get("t.ask") as NodeType;
const condition = { "x-field": { kind: "condition" } };
const ASK: NodeType = { ...base, config_schema: { properties: { condition } } };
const SWITCH: NodeType = {
  ...base,
  handles: [{ field: "cases", key: "handle" }, { name: "else" }],
  config_schema: { properties: { cases: { items: { properties: { handle: { "x-field": { kind: "slug" } }, condition } } } } },
};
const BUDGET = { field: "customer.budget", op: "gt", value: 10_000 };

describe("what it means to leave by a way", () => {
  test("a single condition decides between the two ways", () => {
    const found = meanings(node("a", "t.ask", { condition: BUDGET }), ASK);
    expect(found.get("yes")).toEqual({ short: "Budget is more than 10,000", long: "When budget is more than 10,000" });
    expect(found.get("no")).toEqual({ short: "", long: "Otherwise: budget is more than 10,000 is not true" });
  });

  test("each case has its own, and the last way is for all others", () => {
    const cases = [{ handle: "large", condition: BUDGET }, { handle: "vip", condition: { in_segment: "vip" } }];
    const found = meanings(node("s", "t.switch", { cases }), SWITCH);
    expect(found.get("large")?.short).toBe("budget is more than 10,000");
    expect(found.get("vip")?.long).toBe("When they are in vip");
    expect(found.get("else")?.long).toBe("None of the others: budget is more than 10,000; they are in vip");
  });

  test("nothing is said where nothing is asked, or more than a condition", () => {
    expect(meanings(node("a", "t.ask"), ASK).size).toBe(0);
    expect(meanings(node("a", "t.ask", { condition: { xor: 1 } }), ASK).size).toBe(0);
    const more = { ...ASK, config_schema: { properties: { condition, event: { "x-field": { kind: "event" } } } } };
    expect(meanings(node("a", "t.ask", { condition: BUDGET }), more).size).toBe(0);
    expect(meanings(node("a"), TYPES.get("t.plain")).size).toBe(0);
  });
});

describe("words along the lines", () => {
  const level: Point[] = [[100, 0], [100, 20], [400, 20], [400, 60]];
  const wanted = (points: Point[], width = 120): Wanted => ({ id: "a", text: "budget is more", width, points });

  test("they stand over the level part, in its middle", () => {
    expect(written([wanted(level)], [], [level])).toEqual([{ id: "a", text: "budget is more", x: 190, y: 2, width: 120, height: 16 }]);
  });

  test("in a crowd nothing touches anything, wherever on the canvas the crowd stands", () => {
    const roll = dice(7);
    const boxes = Array.from({ length: 60 }, () => ({ x: roll(3000), y: roll(2000), width: 256, height: 64 }));
    const all = Array.from({ length: 120 }, (_, i): Wanted => {
      const [x, y, dx, dy] = [roll(3000), roll(2000), roll(600) - 300, 40 + roll(200)];
      return { id: String(i), text: "x", width: 40 + roll(150), points: [[x, y], [x, y + 20], [x + dx, y + 20], [x + dx, y + dy]] };
    });
    const put = (by: number): Written[] => {
      const wanted = all.map((one) => ({ ...one, points: one.points.map(([x, y]): Point => [x + by, y - by]) }));
      const around = boxes.map((box) => ({ ...box, x: box.x + by, y: box.y - by }));
      return written(wanted, around, wanted.map((one) => one.points)).map((one) => ({ ...one, x: one.x - by, y: one.y + by }));
    };
    const found = put(0);
    expect(found.length).toBeGreaterThan(10);
    const apart = (a: Box, b: Box) => a.x + a.width < b.x || b.x + b.width < a.x || a.y + a.height < b.y || b.y + b.height < a.y;
    found.forEach((one, i) => expect([...boxes, ...found.slice(0, i)].every((other) => apart(one, other))).toBe(true));
    for (const by of [1, 100, 255, 256, 1000, -777]) expect(put(by)).toEqual(found);
  });

  test("they are left out where only a piece of them would fit", () => {
    const short: Point[] = [[100, 0], [100, 20], [220, 20], [220, 30]];
    expect(written([wanted(short, 104)], [], [short])[0]?.width).toBe(104);
    expect(written([wanted(short, 105)], [], [short])).toEqual([]);
    const long: Point[] = [[100, 0], [100, 20], [400, 20], [400, 30]];
    expect(written([wanted(long, 300)], [], [long])[0]?.width).toBe(216); // a sentence ends in an ellipsis
  });

  test("they go below, or beside the drop, when something stands there, and leave when all is full", () => {
    const node = { x: 150, y: -40, width: 200, height: 50 };
    expect(written([wanted(level)], [node], [level])[0]?.y).toBe(22);
    const down: Point[] = [[100, 0], [100, 48]];
    expect(written([wanted(down)], [], [down])[0]).toMatchObject({ x: 108, y: 4 });
    const right = { x: 105, y: 0, width: 300, height: 40 };
    expect(written([wanted(down)], [right], [down])[0]).toMatchObject({ x: -28 });
    const left = { x: -300, y: 0, width: 395, height: 40 };
    expect(written([wanted(down)], [right, left], [down])).toEqual([]);
  });

  test("where the line is short they stand beside the handle", () => {
    const short: Point[] = [[100, 0], [100, 12], [120, 12], [120, 30]];
    const pill = { x: 80, y: -20, width: 40, height: 20 };
    const above = { x: 0, y: -80, width: 256, height: 70 };
    expect(written([{ ...wanted(short), pill }], [above, pill], [short])[0]).toMatchObject({ x: -46, y: -8, width: 120 });
    const near = { x: -80, y: -10, width: 84, height: 40 }; // too little room for all of it
    expect(written([{ ...wanted(short), pill }], [above, pill, near], [short])[0]).toMatchObject({ x: 126, y: -8 });
  });

  test("two of them never meet, and none lies on another line", () => {
    const other: Point[] = [[100, 10], [400, 10]];
    const both = written([wanted(level), { ...wanted(level), id: "b" }], [], [level]);
    expect(both).toHaveLength(2);
    expect(both[0]?.y).not.toBe(both[1]?.y);
    expect(written([wanted(level)], [], [level, other])[0]?.y).toBe(22);
  });
});

describe("mending", () => {
  const op: Op = { op: "node.title", id: "a", title: "x" };
  const problem = { node: "a", path: "", severity: "error" as const, message: "m", code: "c" };

  test("the fixes of a problem, in the old form and the new one", () => {
    expect(fixesOf(problem)).toEqual([]);
    expect(fixesOf({ ...problem, fix: op })).toEqual([{ label: "", ops: [op] }]);
    expect(fixesOf({ ...problem, fix: { label: "l", ops: [op] } })).toEqual([{ label: "l", ops: [op] }]);
    const fixes = [{ label: "1", ops: [op] }, { label: "2", ops: [op] }];
    expect(fixesOf({ ...problem, fix: { label: "1", ops: [op] }, fixes })).toEqual(fixes);
  });

  test("the problem goes, the next one takes its place, and a sentence says what is left", () => {
    const others = [{ ...problem, code: "d" }, problem, { ...problem, code: "e" }];
    const state = { problems: others, problem: 1, document: {}, message: "" };
    const went: number[] = [];
    const edits: unknown[] = [];
    const store = {
      editable: true,
      get: () => state,
      set: (change: object) => Object.assign(state, change),
      edit: (edit: unknown) => {
        edits.push(edit);
        state.document = {};
      },
      goTo: (index: number) => went.push(index),
    } as unknown as EditorStore;
    mend(store, problem, { label: "Fix it", ops: [op] });
    expect(edits).toEqual([{ label: "Fix it", ops: [op] }]);
    expect(state.problems.map((p) => p.code)).toEqual(["d", "e"]);
    expect(went).toEqual([1]);
    expect(state.message).toBe("Fix it. 2 problems are left.");
  });
});
