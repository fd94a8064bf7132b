import { describe, expect, test } from "bun:test";

import { copied, pasted, readClip, room } from "../../builder/canvas/model/clipboard";
import { addAfter, addNode, connect, insertOn, nextHandle, remove, setConfig, targets, whyNot } from "../../builder/canvas/model/edits";
import { exits, strayHandles } from "../../builder/canvas/model/handles";
import { freeId, slug } from "../../builder/canvas/model/names";
import { applyOps } from "../../builder/canvas/model/ops";
import { outline } from "../../builder/canvas/model/outline";
import { fieldPath, ofField } from "../../builder/canvas/model/problems";
import type { NodeType, Problem } from "../../builder/canvas/model/types";
import { variables } from "../../builder/canvas/model/variables";
import { journey, labels, node, TYPES } from "./fixtures";

const type = (name: string) => TYPES.get(name) as NodeType;

describe("adding and connecting", () => {
  const doc = journey([node("a", "t.begin"), node("ask", "t.ask")], ["a>ask"]);

  test("a new node gets a readable free id and stands on the grid", () => {
    const added = addNode(journey([node("plain")]), type("t.plain"), [13, 21]);
    expect(added.id).toBe("plain_2");
    expect(added.ops[0]).toMatchObject({ op: "node.add", position: [16, 24] });
  });

  test("after a node it takes the next free way, and beside the first one the place", () => {
    const first = addAfter(doc, TYPES, "ask", type("t.plain"));
    const one = applyOps(doc, first.ops);
    expect(one.edges.at(-1)).toEqual({ from: "ask", handle: "yes", to: first.id });
    const second = addAfter(one, TYPES, "ask", type("t.plain"));
    const two = applyOps(one, second.ops);
    expect(two.edges.at(-1)).toEqual({ from: "ask", handle: "no", to: second.id });
    expect(two.ui?.positions?.[second.id]?.[0]).toBeGreaterThan(two.ui?.positions?.[first.id]?.[0] ?? 0);
  });

  test("nothing leads to a trigger, to itself, or twice the same way", () => {
    expect(whyNot(doc, { from: "ask", handle: "yes", to: "a" }, TYPES)).toContain("trigger");
    expect(whyNot(doc, { from: "ask", handle: "yes", to: "ask" }, TYPES)).toContain("itself");
    expect(connect(doc, { from: "a", handle: "out", to: "ask" })).toEqual([]);
    const trigger = addAfter(doc, TYPES, "ask", type("t.begin"));
    expect(trigger.ops).toHaveLength(1);
  });

  test("a way can lead to every node for which nothing speaks against it", () => {
    const more = journey([...doc.nodes, node("x"), node("y")], ["a>ask", "ask.yes>x", "ask.no>y"]);
    for (const from of [...more.nodes.map((n) => n.id), "gone"]) {
      for (const handle of ["out", "yes", "no"]) {
        const free = more.nodes.filter((n) => whyNot(more, { from, handle, to: n.id }, TYPES) === null);
        expect(targets(more, from, handle, TYPES)).toEqual(free);
      }
    }
    expect(targets(more, "ask", "yes", TYPES).map((n) => n.id)).toEqual(["y"]);
  });

  test("on an edge the new node stands between, and what follows moves down", () => {
    const added = insertOn(doc, { from: "a", handle: "out", to: "ask" }, type("t.plain"));
    const after = applyOps(doc, added.ops);
    expect(after.edges).toEqual([
      { from: "a", handle: "out", to: added.id },
      { from: added.id, handle: "out", to: "ask" },
    ]);
    expect(after.ui?.positions?.ask?.[1]).toBeGreaterThan(after.ui?.positions?.[added.id]?.[1] ?? 0);
  });

  test("a folded way is the last that is offered", () => {
    const send = node("s", "t.send");
    const one = journey([send, node("x")], ["s>x"]);
    expect(nextHandle(journey([send]), send, TYPES)).toBe("out");
    expect(nextHandle(one, send, TYPES)).toBe("out");
  });

  test("deleting nodes names no edge twice", () => {
    const edge = { from: "a", handle: "out", to: "ask" };
    expect(remove(doc, new Set(["a"]), [edge])).toEqual([{ op: "node.del", id: "a" }]);
    expect(remove(doc, new Set(), [edge])).toHaveLength(1);
  });
});

describe("handles", () => {
  const before = labels("bill", "other");
  const sort = node("s", "t.sort", before);
  const doc = journey([sort, node("x"), node("y")], ["s.bill>x", "s.other>y"]);

  test("a list in the config makes the first handles, each name once", () => {
    expect(exits(type("t.sort"), labels("a", "b", "a")).map((h) => h.name)).toEqual(["a", "b", "unsure", "failed"]);
    expect(exits(type("t.sort"), { labels: "nonsense" }).map((h) => h.name)).toEqual(["unsure", "failed"]);
  });

  test("edges follow a handle that is renamed in its place", () => {
    const after = applyOps(doc, setConfig(doc, TYPES, sort, labels("invoice", "other")));
    expect(after.edges).toContainEqual({ from: "s", handle: "invoice", to: "x" });
    expect(after.edges).toHaveLength(2);
  });

  test("edges of a handle that is gone go with it, and reordering keeps all", () => {
    expect(applyOps(doc, setConfig(doc, TYPES, sort, labels("other"))).edges).toHaveLength(1);
    expect(applyOps(doc, setConfig(doc, TYPES, sort, labels("other", "bill"))).edges).toEqual(doc.edges);
  });

  test("an edge by a handle that the node does not have stays in sight", () => {
    const stray = journey([node("a"), node("b")], ["a.gone>b"]);
    expect(strayHandles(stray, node("a"), exits(type("t.plain"), {})).map((h) => h.name)).toEqual(["gone"]);
  });
});

describe("clipboard", () => {
  const doc = journey(
    [node("a", "t.begin"), node("w"), node("s", "t.plain", { of: "w", text: "{{ steps.w.text }} steps.other.x" })],
    ["a>w", "w>s"],
  );

  test("a copy holds the nodes, the edges among them and their places", () => {
    const clip = readClip(copied(doc, new Set(["w", "s"])) ?? "");
    expect(clip?.nodes).toHaveLength(2);
    expect(clip?.edges).toEqual([{ from: "w", handle: "out", to: "s" }]);
    expect(clip?.positions.s).toEqual([0, 240]);
    expect(copied(doc, new Set())).toBeNull();
  });

  test("pasting gives new ids, and what speaks of copied nodes follows", () => {
    const clip = readClip(copied(doc, new Set(["w", "s"])) ?? "");
    if (!clip) throw new Error("It was copied.");
    const { ops, ids } = pasted(doc, clip, [40, 40], TYPES);
    const after = applyOps(doc, ops);
    expect(ids).toEqual(["w_2", "s_2"]);
    expect(after.nodes.at(-1)?.config).toEqual({ of: "w_2", text: "{{ steps.w_2.text }} steps.other.x" });
    expect(after.edges.at(-1)).toEqual({ from: "w_2", handle: "out", to: "s_2" });
    expect(after.ui?.positions?.s_2).toEqual([40, 280]);
  });

  test("what is pasted stands a little off its originals, and beside what stands in another journey", () => {
    const clip = readClip(copied(doc, new Set(["w", "s"])) ?? "");
    if (!clip) throw new Error("It was copied.");
    expect(room(doc, clip)).toEqual([40, 40]);
    const other = { ...doc, nodes: [node("x")], edges: [], ui: { positions: { x: [0, 240] as [number, number] } } };
    const [right] = room(other, clip);
    for (const op of pasted(other, clip, room(other, clip), TYPES).ops) {
      if (op.op === "node.add") expect(op.position?.[0]).toBeGreaterThanOrEqual(256);
    }
    expect(right).toBeGreaterThan(256);
    expect(room({ ...other, ui: { positions: { x: [4000, 0] } } }, clip)).toEqual([40, 40]);
  });

  test("a whole journey's file can be pasted, and anything else is left alone", () => {
    expect(readClip(JSON.stringify(doc))?.nodes).toHaveLength(3);
    for (const text of ["", "hello", "[]", "{}", '{"wayline":1}', '{"wayline":1,"nodes":[],"edges":3}']) {
      expect(readClip(text)).toBeNull();
    }
    const odd = '{"wayline":1,"nodes":[{"id":1},{"id":"a","type":"t","config":[]}],"edges":[{}]}';
    expect(readClip(odd)).toMatchObject({ nodes: [], edges: [] });
  });
});

describe("outline", () => {
  test("ways are told one after the other, and what was told is only named", () => {
    const nodes = [node("a", "t.begin"), node("q", "t.ask"), node("y"), node("n"), node("end", "t.end")];
    const items = outline(journey(nodes, ["a>q", "q.yes>y", "q.no>n", "y>end", "n>end"]), TYPES);
    expect(items.filter((i) => i.kind !== "end").map((i) => [i.kind, i.id, i.depth, i.via?.label ?? ""])).toEqual([
      ["node", "a", 0, ""],
      ["node", "q", 0, ""],
      ["node", "y", 1, "yes"],
      ["node", "end", 1, ""],
      ["node", "n", 1, "no"],
      ["jump", "end", 1, ""],
    ]);
  });

  test("beside a plain way the others are told a step deeper, and what follows stays where it is", () => {
    const nodes = [node("a", "t.send"), node("b", "t.send"), node("c"), node("x")];
    const items = outline(journey(nodes, ["a>b", "a.failed>c", "b>c", "b.failed>x"]), TYPES);
    expect(items.filter((i) => i.kind !== "end").map((i) => [i.kind, i.id, i.depth, i.via?.label ?? ""])).toEqual([
      ["node", "a", 0, ""],
      ["jump", "c", 1, "failed"],
      ["node", "b", 0, ""],
      ["node", "x", 1, "failed"],
      ["node", "c", 0, ""],
    ]);
  });

  test("loops end and nodes that nobody reaches are told too", () => {
    const items = outline(journey([node("a"), node("b"), node("c")], ["a>b", "b>a"]), TYPES);
    expect(items.filter((i) => i.kind === "node").map((i) => i.id).sort()).toEqual(["a", "b", "c"]);
  });
});

describe("variables", () => {
  const fields = {
    customer: [{ path: "first_name", label: "first name" }],
    events: [{ name: "enquiry", properties: [{ path: "message", label: "message" }] }],
  };
  const nodes = [
    node("a", "t.begin", { event: "enquiry" }),
    node("w"),
    node("v", "t.set", { values: { score: 1 } }),
    node("s"),
    node("other"),
  ];
  const doc = journey(nodes, ["a>w", "w>v", "v>s"]);
  const paths = (scope?: "arriving") =>
    variables(doc, TYPES, fields, "s", scope).flatMap((g) => g.items.map((i) => i.path));

  test("a text may speak of the customer, the event and the outputs of earlier steps", () => {
    expect(paths()).toEqual(
      expect.arrayContaining(["customer.first_name", "customer.email", "event.properties.message", "event.name", "steps.w.text", "steps.v.score"]),
    );
    expect(paths().some((p) => p.startsWith("steps.other"))).toBe(false);
  });

  test("before anybody came, the usual fields are offered, what other steps speak of, and the trigger's example", () => {
    const types = new Map(TYPES);
    const begin = TYPES.get("t.begin") as NodeType;
    types.set("t.begin", { ...begin, examples: [{ result: { handle: "out", output: { properties: { budget: 900 } } } }] });
    const nothing = { customer: [{ path: "customer.id", label: "id" }], events: [] };
    const spoken = journey([...nodes, node("said", "t.set", { values: { a: "{{ customer.shoe_size }} {{ event.properties.kind }}" } })], ["a>w", "w>v", "v>s"]);
    const offered = (id: string) => variables(spoken, types, nothing, id).flatMap((g) => g.items);
    expect(offered("s").map((one) => one.path)).toEqual(
      expect.arrayContaining(["customer.first_name", "customer.last_name", "customer.phone", "customer.shoe_size", "customer.email", "event.properties.budget", "event.properties.kind"]),
    );
    expect(offered("s").find((one) => one.path === "event.properties.budget")?.samples).toEqual([900]);
    // A slip in the text that is written is no field of its own, and what came in counts alone.
    expect(offered("said").some((one) => one.path === "customer.shoe_size")).toBe(false);
    expect(paths()).not.toContain("customer.phone");
  });

  test("where another event arrives, the entry event is called entry", () => {
    expect(paths("arriving")).toContain("entry.properties.message");
  });
});

describe("names and problems", () => {
  test("ids are slugs, and numbered when they are taken", () => {
    expect(slug("  Größe & Ort! ")).toBe("gro_e_ort");
    expect(freeId("send", new Set(["send", "send_2"]))).toBe("send_3");
    expect(freeId("send_2", new Set(["send_2"]))).toBe("send_3");
    expect(freeId("!!!", new Set())).toBe("node");
  });

  test("a problem is found by its field, whatever way its path is written", () => {
    expect(fieldPath("nodes[2].config.cases[0].condition")).toEqual(["cases", "0", "condition"]);
    expect(fieldPath("/nodes/2/config/subject")).toEqual(["subject"]);
    const problem = { node: "a", path: "nodes[2].config.cases[0].condition" } as Problem;
    expect(ofField([problem], ["cases"])).toHaveLength(1);
    expect(ofField([problem], ["cases", "1"])).toHaveLength(0);
    expect(ofField([{ ...problem, path: "" }], [])).toHaveLength(0);
  });
});
