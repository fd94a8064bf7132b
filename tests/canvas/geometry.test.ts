import { describe, expect, test } from "bun:test";

import { exits } from "../../builder/canvas/model/handles";
import { layout, PITCH } from "../../builder/canvas/model/layout";
import { outline } from "../../builder/canvas/model/outline";
import { distanceTo, rounded, routes, type Box, type Line } from "../../builder/canvas/model/routing";
import { shapeOf, WIDEST, WIDTH } from "../../builder/canvas/model/size";
import { sound } from "../../builder/canvas/model/sound";
import type { JourneyDocument, Point } from "../../builder/canvas/model/types";
import { arranged, boxOf, dressed, linesOf, routed, shapes } from "../../builder/canvas/state/geometry";
import { wild } from "./chance";
import { TYPES, journey, labels, node } from "./fixtures";

const NONE = new Set<string>();

function places(doc: JourneyDocument): { [id: string]: Point } {
  return dressed({ ...doc, ui: {} }, TYPES).ui?.positions ?? {};
}

describe("sizes", () => {
  const of = (type: string, config = {}, used = NONE) => shapeOf(exits(TYPES.get(type), config), used);

  test("a plain node is 256 by 64 with a ring at its bottom centre", () => {
    const shape = of("t.plain");
    expect([shape.width, shape.height]).toEqual([256, 64]);
    expect(shape.handles[0]).toMatchObject({ kind: "ring", x: 128, y: 64 });
  });

  test("named handles make it 8 higher and stand apart on its bottom edge", () => {
    const shape = of("t.ask");
    expect(shape.height).toBe(72);
    const [yes, no] = shape.handles;
    expect(yes?.kind).toBe("pill");
    expect((no?.x ?? 0) - (yes?.x ?? 0)).toBeGreaterThan(((yes?.width ?? 0) + (no?.width ?? 0)) / 2);
  });

  test("a folded handle hides until it is used, and moves no other", () => {
    const [out, failed] = of("t.send").handles;
    expect(failed?.hidden).toBe(true);
    const used = of("t.send", {}, new Set(["failed"]));
    expect(used.handles[0]?.x).toBe(out?.x as never);
    expect(used.handles[1]?.hidden).toBe(false);
    expect(used.height).toBe(72);
  });

  test("it grows in steps of 8, and beyond 368 the handles become rows", () => {
    const names = Array.from({ length: 12 }, (_, i) => `label_${i}`);
    for (let n = 1; n <= 12; n += 1) {
      const shape = of("t.sort", labels(...names.slice(0, n)));
      expect(shape.width % 8).toBe(0);
      expect(shape.height % 8).toBe(0);
      expect(shape.width).toBeGreaterThanOrEqual(WIDTH);
      expect(shape.width).toBeLessThanOrEqual(WIDEST);
      if (shape.rows) expect(shape.handles[0]?.side).toBe("right");
    }
    expect(of("t.sort", labels(...names)).rows).toBeGreaterThan(0);
  });

  test("of many, only what an edit touches is measured anew", () => {
    const nodes = [node("a", "t.send"), node("b", "t.send"), node("c", "t.plain")];
    const doc = journey(nodes, ["a>b"]);
    const first = shapes(doc, TYPES);
    const unfolded = shapes({ ...doc, edges: [...doc.edges, { from: "a", handle: "failed", to: "c" }] }, TYPES);
    expect(unfolded.get("a")).not.toEqual(first.get("a"));
    expect(unfolded.get("b")).toBe(first.get("b") as never);
    const counted = shapes(doc, TYPES, { version: 1, nodes: { b: { in: 5_000, waiting: 0, handles: { out: 4_999 } } } } as never);
    expect(counted.get("a")).toBe(shapes(doc, TYPES).get("a") as never);
    expect(shapes(doc, new Map(), undefined).get("b")).not.toEqual(first.get("b"));
    expect(shapes(doc, TYPES)).toEqual(first);
  });

  test("live counts never turn pills into rows", () => {
    const handles = exits(TYPES.get("t.sort"), labels("project", "question", "complaint"));
    expect(shapeOf(handles, NONE, () => "123456").rows).toBe(0);
  });
});

describe("layout", () => {
  test("a line of nodes stands in one column, top-down", () => {
    const found = places(journey([node("a", "t.begin"), node("b"), node("c")], ["a>b", "b>c"]));
    expect(Object.values(found).map((p) => p[0])).toEqual([0, 0, 0]);
    expect(found.a?.[1]).toBeLessThan(found.b?.[1] ?? 0);
    expect(found.b?.[1]).toBeLessThan(found.c?.[1] ?? 0);
  });

  test("the first way goes straight down and the second one right", () => {
    const found = places(journey([node("a", "t.ask"), node("y"), node("n")], ["a.no>n", "a.yes>y"]));
    expect([found.a?.[0], found.y?.[0], found.n?.[0]]).toEqual([0, 0, PITCH]);
  });

  test("with three ways the node stands above the middle one", () => {
    const found = places(journey(["a", "x", "y", "z"].map((id) => node(id)), ["a>x", "a>y", "a>z"]));
    expect([found.x?.[0], found.y?.[0], found.z?.[0]]).toEqual([-PITCH, 0, PITCH]);
  });

  test("ways that meet again meet under the node that parted them", () => {
    const found = places(journey(["a", "x", "y", "z", "m"].map((id) => node(id)), ["a>x", "a>y", "a>z", "x>m", "y>m", "z>m"]));
    expect(found.m?.[0]).toBe(found.a?.[0]);
  });

  test("the main way stays straight though others join it far below", () => {
    const nodes = [node("a", "t.ask"), node("n1"), node("n2"), node("end", "t.end")];
    const found = places(journey(nodes, ["a.yes>end", "a.no>n1", "n1>n2", "n2>end"]));
    expect(found.end?.[0]).toBe(0);
    expect([found.n1?.[0], found.n2?.[0]]).toEqual([PITCH, PITCH]);
  });

  test("no two nodes cover each other, loops and lost nodes included", () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const doc = wild(seed, 40);
      const all = shapes(doc, TYPES);
      const found = places(doc);
      const boxes = doc.nodes.map((n) => boxOf(n.id, found[n.id] ?? [0, 0], all.get(n.id) as never));
      for (const [i, a] of boxes.entries()) {
        for (const b of boxes.slice(i + 1)) {
          const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
          expect(apart).toBe(true);
        }
      }
    }
  });

  test("all of 500 nodes are placed, and each of their edges is wired", () => {
    const doc = wild(7, 500);
    const placed = dressed({ ...doc, ui: {} }, TYPES);
    const found = routed(placed, shapes(placed, TYPES), (id) => placed.ui?.positions?.[id] ?? [0, 0]);
    expect(Object.keys(placed.ui?.positions ?? {})).toHaveLength(500);
    expect(found.size).toBe(doc.edges.length);
  });

  test("a line of 10,000 nodes breaks nothing", () => {
    const nodes = Array.from({ length: 10_000 }, (_, i) => node(`n${i}`, i === 0 ? "t.begin" : "t.plain"));
    const edges = nodes.slice(1).map((_, i) => `n${i}>n${i + 1}`);
    const found = places(journey(nodes, edges, false));
    expect(found.n9999).toEqual([0, 9_999 * 96]);
    expect(outline(journey(nodes, edges, false), TYPES).filter((item) => item.kind === "node")).toHaveLength(10_000);
  });

  test("places that a person chose are kept, and tidying moves only what is elsewhere", () => {
    const doc = journey([node("a", "t.begin"), node("b")], ["a>b"]);
    expect(dressed(doc, TYPES)).toBe(doc);
    const tidy = dressed({ ...doc, ui: {} }, TYPES);
    expect(arranged(tidy, TYPES)).toEqual([]);
    expect(arranged(doc, TYPES).map((op) => "id" in op && op.id)).toEqual(["b"]);
  });

  test("a node without a place is put below the others", () => {
    const doc = journey([node("a", "t.begin"), node("b")], ["a>b"]);
    const half = { ...doc, ui: { positions: { a: [0, 640] as const } } };
    expect(dressed(half, TYPES).ui?.positions?.b?.[1]).toBeGreaterThan(640);
  });

  test("layout needs nothing but a document and its facts", () => {
    expect(layout({ nodes: [], edges: [] }, { shape: () => shapeOf([], NONE), handles: () => [] })).toEqual({});
  });
});

describe("routing", () => {
  const box = (id: string, x: number, y: number): Box => ({ id, x, y, width: 256, height: 64 });
  const line = (id: string, start: Point, end: Point, more: Partial<Line> = {}): Line => ({
    id, from: "a", to: id, source: `a/${id}`, start, end, side: "bottom", hoped: true, ...more,
  });

  test("a node straight below is reached by one straight piece", () => {
    const found = routes([line("b", [128, 69], [128, 125])], [box("a", 0, 0), box("b", 0, 128)]);
    expect(found.get("b")?.points).toEqual([[128, 69], [128, 125]]);
  });

  test("every piece is level or upright", () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      for (const { points } of wired(wild(seed, 30)).values()) {
        points.forEach((p, i) => {
          const next = points[i + 1];
          if (next) expect(p[0] === next[0] || p[1] === next[1]).toBe(true);
        });
      }
    }
  });

  test("a line goes around a node that stands in its way", () => {
    const boxes = [box("a", 0, 0), box("m", 0, 112), box("b", 0, 224)];
    const route = routes([line("b", [128, 69], [128, 221])], boxes).get("b");
    const inside = (x: number, y: number) => x > 0 && x < 256 && y > 112 && y < 176;
    route?.points.forEach((p, i) => {
      const next = route.points[i + 1];
      if (next) expect(inside((p[0] + next[0]) / 2, (p[1] + next[1]) / 2)).toBe(false);
    });
    expect(route?.points.length).toBeGreaterThan(2);
  });

  test("a way back up goes around and enters from above", () => {
    const route = routes([line("b", [128, 300], [128, 97])], [box("b", 0, 100), box("a", 0, 230)]).get("b");
    const points = route?.points ?? [];
    expect(points.at(-1)).toEqual([128, 97]);
    expect(points.at(-2)?.[1]).toBeLessThan(97);
  });

  test("lines of different goals run apart, lines with one goal share the last stretch", () => {
    const apart = routes([line("b", [100, 80], [408, 160]), line("c", [180, 80], [688, 160])], []);
    const level = (id: string) => apart.get(id)?.points[1]?.[1] ?? 0;
    expect(Math.abs(level("b") - level("c"))).toBeGreaterThanOrEqual(8);
    const one = routes([line("b", [100, 80], [408, 160]), line("b2", [180, 80], [408, 160], { to: "b" })], []);
    expect(one.get("b")?.points.at(-2)).toEqual(one.get("b2")?.points.at(-2) as never);
  });

  test("of two lines to the right the later handle's runs above, so they do not cross", () => {
    const found = routes([line("b", [100, 80], [408, 160]), line("c", [180, 80], [688, 160])], []);
    expect(found.get("c")?.points[1]?.[1]).toBeLessThan(found.get("b")?.points[1]?.[1] ?? 0);
  });

  test("a long line turns high when low it would cross others", () => {
    const short = line("b", [220, 200], [600, 320]);
    const long = line("c", [420, 80], [688, 420]);
    expect(routes([long], []).get("c")?.points[1]?.[1]).toBeGreaterThan(300);
    expect(routes([short, long], []).get("c")?.points[1]?.[1]).toBeLessThan(300);
  });

  test("corners are rounded by 8, and by less where a piece is short", () => {
    expect(rounded([[0, 0], [0, 40], [40, 40]])).toBe("M0 0L0 32Q0 40 8 40L40 40");
    expect(rounded([[0, 0], [0, 8], [40, 8]])).toBe("M0 0L0 4Q0 8 4 8L40 8");
  });

  test("the distance to a route is measured to its nearest piece", () => {
    const route = routes([line("b", [0, 0], [0, 100])], []).get("b");
    expect(route && distanceTo(route, [10, 50])).toBe(10);
  });

  test("an edge to a node that is not there draws nothing", () => {
    const doc = journey([node("a")], ["a>gone"]);
    const all = shapes(doc, TYPES);
    expect(linesOf(doc, all, new Map())).toEqual([]);
  });
});

describe("documents that anybody wrote", () => {
  const drawn = (more: object): JourneyDocument => {
    const doc = { ...journey([node("a", "t.begin"), node("b")], ["a>b"]), ...more } as JourneyDocument;
    const found = dressed(doc, TYPES);
    linesOf(found, shapes(found, TYPES), new Map());
    return found;
  };

  test.each([
    null, 3, { positions: null }, { positions: "x" }, { positions: [] }, { positions: { zz: null } },
    { positions: { a: ["x", "y"] } }, { positions: { a: [1] } }, { positions: { a: [1e308, 0] } },
    { positions: { a: [0, 0] }, notes: [null, 3, {}, { id: "n", text: "x" }] },
  ])("junk in ui %j is passed over, and each node has a place", (ui) => {
    const { positions = {}, notes = [] } = drawn({ ui }).ui ?? {};
    expect(Object.keys(positions).sort()).toEqual(["a", "b"]);
    for (const at of Object.values(positions)) expect(at.length === 2 && at.every((n) => Math.abs(n) < 1e7)).toBe(true);
    expect(notes).toEqual([]);
  });

  test.each([null, "abc", [null], [3], [{}], [{ id: 3 }], [{ id: "a" }]])("nodes %j", (nodes) => {
    expect(drawn({ nodes }).nodes).toEqual([]);
  });

  test.each([null, "abc", [null], [{}], [{ from: "a" }]])("edges %j", (edges) => {
    expect(drawn({ edges }).edges).toEqual([]);
  });

  test.each([null, 3, [{}], {}, true])("a title, a setup, a name and an about that are %j are none", (odd) => {
    const found = sound({ ...journey([], []), name: odd, about: odd, nodes: [{ id: "a", type: "t.plain", title: odd, config: odd }] } as unknown as JourneyDocument);
    expect(found.nodes.map(({ title }) => title)).toEqual([undefined]);
    expect(typeof found.nodes[0]?.config === "object" && !Array.isArray(found.nodes[0].config) && found.nodes[0].config !== null).toBe(true);
    expect([found.name, found.about]).toEqual(["", ""]);
  });

  test("a sound one stays the same object", () => {
    const bare = { ...journey([{ id: "a", type: "t.plain" }], []), about: "x" };
    expect(sound(bare)).toBe(bare);
    const doc = journey([node("a"), node("b")], ["a>b"], true);
    expect(dressed(doc, TYPES)).toBe(doc);
  });
});

function wired(doc: JourneyDocument) {
  const placed = dressed({ ...doc, ui: {} }, TYPES);
  return routed(placed, shapes(placed, TYPES), (id) => placed.ui?.positions?.[id] ?? [0, 0]);
}
