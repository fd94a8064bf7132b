import { describe, expect, test } from "bun:test";
import ELK from "elkjs/lib/elk.bundled.js";

import { aligned, spread } from "../../builder/canvas/arrange/align";
import { elkGraph, placesOf } from "../../builder/canvas/arrange/elk";
import { cardPlace, carried, folded, frameAround, tallyOf } from "../../builder/canvas/arrange/folding";
import { guides, indexOf } from "../../builder/canvas/arrange/guides";
import { roomFor } from "../../builder/canvas/arrange/room";
import { moves } from "../../builder/canvas/arrange/tidy";
import { groupIds, groupsOf } from "../../builder/canvas/model/groups";
import { applyOps, inverse, OperationRefused } from "../../builder/canvas/model/ops";
import { PITCH } from "../../builder/canvas/model/layout";
import type { Box } from "../../builder/canvas/model/routing";
import type { JourneyDocument, Op, Point, Problem } from "../../builder/canvas/model/types";
import { boxOf, dressed, facts, Moved, routed, shapes } from "../../builder/canvas/state/geometry";
import { wild } from "./chance";
import { TYPES, dice, journey, node } from "./fixtures";

const chain = journey([node("a", "t.begin"), node("b", "t.ask"), node("c"), node("d")], ["a>b", "b.yes>c", "b.no>d", "c>d"]);
const group = (id: string, ...nodes: string[]): Op => ({ op: "group.set", id, title: id, nodes });
const groups = (doc: JourneyDocument) => Object.fromEntries(groupsOf(doc).map((g) => [g.id, g.nodes]));

describe("groups", () => {
  test("a node is in one group: it leaves the one that it was in, and an empty one is gone", () => {
    const two = applyOps(chain, [group("g", "a", "b"), group("f", "b", "c")]);
    expect(groups(two)).toEqual({ f: ["b", "c"], g: ["a"] });
    expect(groupsOf(two).map((g) => g.id)).toEqual(["f", "g"]);
    expect(groups(applyOps(two, [group("f", "a", "b")]))).toEqual({ f: ["a", "b"] });
    expect(groups(applyOps(two, [{ op: "node.del", id: "a" }]))).toEqual({ f: ["b", "c"] });
    expect(applyOps(two, [{ op: "group.del", id: "f" }, { op: "group.del", id: "g" }]).ui).toEqual(chain.ui as never);
  });

  test("what cannot be a group is refused", () => {
    for (const op of [group("a", "b"), group("g"), group("g", "gone")]) {
      expect(() => applyOps(chain, [op])).toThrow(OperationRefused);
    }
    const grouped = applyOps(chain, [group("g", "a")]);
    expect(() => applyOps(grouped, [{ op: "node.add", node: node("g") }])).toThrow(OperationRefused);
    expect(() => applyOps(grouped, [{ op: "note.set", id: "g", text: "", position: [0, 0] }])).toThrow(OperationRefused);
  });

  test("any row of edits of groups is taken back to the very same document", () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const roll = dice(seed);
      let doc: JourneyDocument = chain;
      for (let i = 0; i < 12; i += 1) {
        const some = doc.nodes.filter(() => roll(2)).map((n) => n.id);
        const ops: Op[] = [
          [group(`g${roll(3)}`, ...some)],
          [{ op: "group.del", id: `g${roll(3)}` } as Op],
          [{ op: "node.del", id: doc.nodes[roll(doc.nodes.length || 1)]?.id ?? "none" } as Op],
        ][roll(3)] ?? [];
        try {
          const after = applyOps(doc, ops);
          const back = applyOps(after, inverse(doc, ops));
          expect(groups(back)).toEqual(groups(doc));
          expect(back).toEqual(doc as never);
          doc = after;
        } catch (error) {
          if (!(error instanceof OperationRefused)) throw error;
        }
        const inside = groupsOf(doc).flatMap((g) => g.nodes);
        expect(new Set(inside).size).toBe(inside.length);
        expect(groupIds(doc).size).toBe(inside.length);
      }
    }
  });

  test("what somebody wrote into ui.groups by hand and is no group is passed by", () => {
    const odd = { ...chain, ui: { ...chain.ui, groups: [null, 3, { id: "x" }, { id: "g", title: "G", nodes: ["a"] }] as never } };
    expect(groups(odd)).toEqual({ g: ["a"] });
  });
});

describe("a folded group", () => {
  const doc = applyOps(chain, [{ op: "group.set", id: "g", title: "G", nodes: ["b", "c"], collapsed: true }]);

  test("is one card: lines inside are gone, lines to and from it are its own", () => {
    const fold = folded(doc, TYPES);
    expect(fold.nodes.map((n) => n.id)).toEqual(["a", "d"]);
    expect(fold.edges.map((e) => [e.from, e.handle, e.to])).toEqual([
      ["a", "out", "g"],
      ["g", "b/no", "d"],
      ["g", "c/out", "d"],
    ]);
    expect(fold.edges.map((e) => e.edge)).toEqual(doc.edges.filter((e) => e.handle !== "yes") as never);
    expect(fold.cards[0]?.handles.map((h) => h.label)).toEqual(["no", "Plain"]);
    expect(fold.frames).toEqual([]);
  });

  test("unfolds here without the document's knowing", () => {
    const fold = folded(doc, TYPES, new Set(["g"]));
    expect(fold.nodes).toEqual(doc.nodes as never);
    expect(fold.frames.map((g) => g.id)).toEqual(["g"]);
    expect(fold.edges.map((e) => e.edge)).toEqual(doc.edges as never);
  });

  test("no line is lost or drawn twice, whatever is folded", () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const roll = dice(seed);
      const nodes = Array.from({ length: 12 }, (_, i) => node(`n${i}`, i % 3 ? "t.plain" : "t.ask"));
      const edges = nodes.slice(1).map((n, i) => `n${roll(i + 1)}.out>${n.id}`);
      const cut = roll(6) + 1;
      const one = nodes.slice(0, cut).map((n) => n.id);
      const two = nodes.slice(cut, cut + 4).map((n) => n.id);
      const set = (id: string, ids: string[]): Op => ({ op: "group.set", id, title: id, nodes: ids, collapsed: true });
      const wild = applyOps(journey(nodes, edges), [set("x", one), set("y", two)]);
      const fold = folded(wild, TYPES);
      const place = (id: string) => (one.includes(id) ? "x" : two.includes(id) ? "y" : id);
      const wanted = new Set(wild.edges.filter((e) => place(e.from) !== place(e.to)).map((e) => `${e.from}>${place(e.to)}`));
      expect(new Set(fold.edges.map((e) => `${e.edge.from}>${e.to}`))).toEqual(wanted);
      expect(fold.edges).toHaveLength(wanted.size);
      const drawn = new Set([...fold.nodes.map((n) => n.id), ...fold.cards.map((c) => c.group.id)]);
      for (const e of fold.edges) expect(drawn.has(e.from) && drawn.has(e.to)).toBe(true);
      for (const { group: { id }, handles } of fold.cards) {
        const used = fold.edges.filter((e) => e.from === id).map((e) => e.handle);
        expect(new Set(handles.map((h) => h.name))).toEqual(new Set(used));
      }
    }
  });

  test("tells what is in it", () => {
    const problem = (id: string, severity: Problem["severity"]): Problem => ({ node: id, path: "", severity, message: "", code: "" });
    const counts = { version: 1, nodes: { b: { in: 3, waiting: 2, handles: {} }, a: { in: 9, waiting: 9, handles: {} } } };
    const [g] = groupsOf(doc);
    expect(g && tallyOf(g, [problem("b", "error"), problem("c", "warning"), problem("a", "error")], counts)).toEqual({
      steps: 2, waiting: 2, errors: 1, warnings: 1,
    });
  });

  test("stands where its topmost node does, and takes its nodes along", () => {
    const [g] = groupsOf(doc);
    const place = (id: string): Point => doc.ui?.positions?.[id] ?? [0, 0];
    expect(g && cardPlace(g, place)).toEqual([0, 120]);
    const moved = carried(doc, new Map([["g", [83, 120] as Point]]), new Map([["g", [0, 120] as Point]]), place);
    expect([...moved]).toEqual([["b", [80, 120]], ["c", [80, 240]]]);
  });

  test("a frame goes around its nodes, on the grid, with room for its title", () => {
    const box = (x: number, y: number): Box => ({ id: "", x, y, width: 256, height: 72 });
    const frame = frameAround("g", [box(0, 0), box(280, 120)]);
    expect(frame.x).toBeLessThan(0);
    expect(frame.y).toBeLessThanOrEqual(-40);
    expect(frame.x + frame.width).toBeGreaterThan(536);
    expect(frame.y + frame.height).toBeGreaterThan(192);
    expect([frame.width % 16, frame.height % 8, Math.abs(frame.x % 8), Math.abs(frame.y % 8)]).toEqual([0, 0, 0, 0]);
  });
});

describe("tidying with elkjs", () => {
  const elk = new ELK();
  const laid = async (doc: JourneyDocument) => placesOf((await elk.layout(elkGraph(doc, facts(doc, TYPES)) as never)) as never);

  test("time runs down, the first way goes straight, the next one right", async () => {
    const found = await laid(journey([node("a", "t.ask"), node("y"), node("n")], ["a.no>n", "a.yes>y"], false));
    expect([found.a?.[0], found.y?.[0], found.n?.[0]]).toEqual([0, 0, PITCH]);
    expect(found.y?.[1]).toBeGreaterThan(found.a?.[1] ?? 0);
  });

  test("with three ways the node stands above the middle one, and where they meet", async () => {
    const found = await laid(journey(["a", "x", "y", "z", "m"].map((id) => node(id)), ["a>x", "a>y", "a>z", "x>m", "y>m", "z>m"], false));
    expect([found.x?.[0], found.y?.[0], found.z?.[0], found.m?.[0]]).toEqual([-PITCH, 0, PITCH, 0]);
  });

  test("the main way stays straight though another joins it far below", async () => {
    const nodes = [node("a", "t.ask"), node("n1"), node("n2"), node("end", "t.end")];
    const found = await laid(journey(nodes, ["a.yes>end", "a.no>n1", "n1>n2", "n2>end"], false));
    expect([found.end?.[0], found.n1?.[0], found.n2?.[0]]).toEqual([0, PITCH, PITCH]);
  });

  test("no two nodes cover each other and all stand on the grid, loops and lost nodes included", async () => {
    for (let seed = 1; seed <= 3; seed += 1) {
      const doc = wild(seed, 16);
      const found = await laid(doc);
      const all = shapes(doc, TYPES);
      const boxes = doc.nodes.map((n) => boxOf(n.id, found[n.id] ?? [0, 0], all.get(n.id) as never));
      for (const place of Object.values(found)) expect(place.map((v) => Math.abs(v % 8))).toEqual([0, 0]);
      for (const [i, a] of boxes.entries()) for (const b of boxes.slice(i + 1)) expect(apart(a, b, 0)).toBe(true);
    }
  }, 60_000);
});

describe("a part that is tidied", () => {
  test("finds room beside what stays, as near as it can", () => {
    const box = (id: string, x: number, y: number): Box => ({ id, x, y, width: 256, height: 64 });
    expect(roomFor([box("a", 0, 0)], [], [560, 120])).toEqual([560, 120]);
    const others = [box("x", 0, 0), box("y", 280, 0)];
    const [dx, dy] = roomFor([box("a", 0, 0), box("b", 0, 112)], others, [0, 0]);
    for (const other of others) for (const y of [0, 112]) expect(apart({ ...box("a", dx, dy + y) }, other, 0)).toBe(true);
    expect(Math.abs(dx) + Math.abs(dy)).toBeLessThanOrEqual(2 * PITCH);
  });

  test("moves nobody else and ends under nobody", () => {
    const doc = dressed({ ...wild(3, 30), ui: {} }, TYPES);
    const ids = new Set(doc.nodes.slice(5, 12).map((n) => n.id));
    const places = Object.fromEntries([...ids].map((id, i): [string, Point] => [id, [0, i * 120]]));
    const ops = moves(doc, TYPES, places, ids);
    expect(ops.every((op) => op.op === "node.move" && ids.has(op.id))).toBe(true);
    const after = applyOps(doc, ops);
    const all = shapes(after, TYPES);
    const boxes = after.nodes.map((n) => boxOf(n.id, after.ui?.positions?.[n.id] ?? [0, 0], all.get(n.id) as never));
    for (const a of boxes.filter((b) => ids.has(b.id))) {
      for (const b of boxes) if (a.id !== b.id) expect(apart(a, b, 0)).toBe(true);
    }
  });
});

describe("aligning", () => {
  const boxes: Box[] = [
    { id: "a", x: 0, y: 0, width: 256, height: 64 },
    { id: "b", x: 40, y: 200, width: 320, height: 72 },
    { id: "c", x: 304, y: 120, width: 256, height: 64 },
  ];
  const at = (by: Map<string, Point>) => boxes.map((b) => ({ ...b, x: b.x + (by.get(b.id)?.[0] ?? 0), y: b.y + (by.get(b.id)?.[1] ?? 0) }));

  test("edges or middles agree afterwards", () => {
    expect(new Set(at(aligned(boxes, "left")).map((b) => b.x))).toEqual(new Set([0]));
    expect(new Set(at(aligned(boxes, "right")).map((b) => b.x + b.width))).toEqual(new Set([560]));
    expect(new Set(at(aligned(boxes, "centre")).map((b) => b.x + b.width / 2)).size).toBe(1);
    expect(new Set(at(aligned(boxes, "top")).map((b) => b.y))).toEqual(new Set([0]));
    expect(new Set(at(aligned(boxes, "bottom")).map((b) => b.y + b.height))).toEqual(new Set([272]));
    expect(aligned(boxes.slice(0, 1), "left").size).toBe(0);
  });

  test("gaps are equal to the grid, and the outermost stay", () => {
    const row = at(spread(boxes, "down")).sort((a, b) => a.y - b.y);
    expect([row[0]?.y, row[2]?.y]).toEqual([0, 200]);
    const [one, two] = [0, 1].map((i) => (row[i + 1]?.y ?? 0) - (row[i]?.y ?? 0) - (row[i]?.height ?? 0));
    expect(Math.abs((one ?? 0) - (two ?? 0))).toBeLessThanOrEqual(8);
    expect(spread(boxes.slice(0, 2), "down").size).toBe(0);
  });
});

describe("helper lines", () => {
  const box = (id: string, x: number, y: number, width = 256): Box => ({ id, x, y, width, height: 64 });

  test("a box near an edge is pulled onto it, with the line that says so", () => {
    const index = indexOf([box("a", 0, 0), box("b", 600, 900)]);
    const { by, lines } = guides(index, box("m", 5, 200), 6);
    expect(by).toEqual([-5, 0]);
    expect(lines).toEqual([{ axis: "x", at: 128, from: 0, to: 264 }]);
  });

  test("further away it is left alone", () => {
    expect(guides(indexOf([box("a", 0, 0)]), box("m", 40, 300), 6)).toEqual({ by: [0, 0], lines: [] });
  });

  test("the middle of a wider box counts as well as its edges", () => {
    expect(guides(indexOf([box("a", 0, 0, 320)]), box("m", 30, 200), 6).by).toEqual([2, 0]);
  });

  test("equal gaps hold: between two, and after two", () => {
    const index = indexOf([box("a", 0, 0), box("b", 0, 208)]);
    const between = guides(index, box("m", 0, 101), 6);
    expect(between.by[1]).toBe(3);
    expect(between.lines.filter((l) => l.gap)).toHaveLength(2);
    const after = guides(index, box("m", 0, 419), 6);
    expect(after.by[1]).toBe(-3);
    expect(after.lines.some((l) => l.gap && l.from === 272 && l.to === 416)).toBe(true);
  });

  test("what is far away is no neighbour", () => {
    expect(guides(indexOf([box("a", 0, 0)]), box("m", 3, 5_000), 6).by).toEqual([0, 0]);
  });
});

describe("lines that follow what is moved", () => {
  test("end as if all had been found anew, where nothing else is near", () => {
    const doc = dressed({ ...wild(5, 20), ui: {} }, TYPES);
    const all = shapes(doc, TYPES);
    const place = (id: string): Point => doc.ui?.positions?.[id] ?? [0, 0];
    const before = routed(doc, all, place);
    const ids = new Set(doc.nodes.map((n) => n.id));
    const everything = new Moved(doc, all, place, before, ids).routes((id) => [place(id)[0] + 80, place(id)[1] + 40]);
    for (const [id, route] of everything) {
      expect(route.points).toEqual(before.get(id)?.points.map(([x, y]) => [x + 80, y + 40]) as never);
    }
    expect(everything.size).toBe(before.size);
    const one = new Set([doc.nodes[3]?.id ?? ""]);
    const some = new Moved(doc, all, place, before, one).routes(place);
    const own = doc.edges.filter((e) => one.has(e.from) || one.has(e.to));
    expect(some.size).toBe(own.filter((e) => before.has(JSON.stringify([e.from, e.handle, e.to]))).length);
  });
});

function apart(a: Box, b: Box, gap: number): boolean {
  return a.x + a.width + gap <= b.x || b.x + b.width + gap <= a.x || a.y + a.height + gap <= b.y || b.y + b.height + gap <= a.y;
}
