import { describe, expect, test } from "bun:test";

import { fresh, kindOf, neverDid, operatorsOf, opposite, pathsIn, readNumber, unfinished, withField, type Condition } from "../../builder/canvas/model/conditions";
import * as tree from "../../builder/canvas/model/condition_tree";
import { conditionWords } from "../../builder/canvas/model/condition_words";
import { groupsOf, isShown, setFields } from "../../builder/canvas/model/forms";
import { chances } from "../../builder/canvas/model/surely";
import { findVariable, kindOfValue, searched, variables } from "../../builder/canvas/model/variables";
import type { Fields, Json, JourneyDocument, NodeType, Schema, Types } from "../../builder/canvas/model/types";
import { dice, journey, node, TYPES } from "./fixtures";

const is = (field: string, value: string): Condition => ({ field: `customer.${field}`, op: "eq", value });
const [A, B, C, D] = ["a", "b", "c", "d"].map((name) => is(name, name)) as [Condition, Condition, Condition, Condition];

/** A tree as letters: "all(a any(b c))". */
function letters(condition: Condition | null): string {
  if (!condition) return "-";
  const kind = kindOf(condition);
  const inside = tree.children(condition).map(letters).join(" ");
  return inside ? `${kind}(${inside})` : String(condition.value || "?");
}

describe("a tree of conditions", () => {
  const whole: Condition = { all: [A, { any: [B, C] }, D] };

  test("a row goes down into the next group, through it, and out of it", () => {
    const seen: string[] = [];
    let now: { tree: Condition; place: tree.Place } | null = { tree: whole, place: [0] };
    for (let i = 0; i < 5 && now; i += 1) {
      now = tree.step(now.tree, now.place, 1);
      seen.push(now ? letters(now.tree) : "end");
    }
    expect(seen).toEqual(["all(any(a b c) d)", "all(any(b a c) d)", "all(any(b c a) d)", "all(any(b c) a d)", "all(any(b c) d a)"]);
  });

  test("up is the way back", () => {
    const end: Condition = { all: [{ any: [B, C] }, D, A] };
    const seen: string[] = [];
    for (let now = tree.step(end, [2], -1); now; now = tree.step(now.tree, now.place, -1)) seen.push(letters(now.tree));
    expect(seen).toEqual(["all(any(b c) a d)", "all(any(b c a) d)", "all(any(b a c) d)", "all(any(a b c) d)", "all(a any(b c) d)"]);
  });

  test("the place that is told is where the row stands, wherever it goes", () => {
    const roll = dice(7);
    let now: Condition = { all: [A, { any: [B, { all: [C, is("e", "e")] }] }, { not: { any: [D, is("f", "f")] } }] };
    const count = letters(now).replace(/[^a-f]|all|any|not/g, "").length;
    for (let i = 0; i < 400; i += 1) {
      const rows: tree.Place[] = [];
      tree.find(now, (one) => one.field !== undefined && !rows.push(tree.find(now, (x) => x === one) ?? []));
      const from = rows[roll(rows.length)] ?? [];
      const row = tree.at(now, from);
      const moved = roll(3) === 0 ? tree.out(now, from) : tree.step(now, from, roll(2) ? 1 : -1);
      if (!moved) continue;
      expect(tree.at(moved.tree, moved.place)).toEqual(row as Condition);
      expect(letters(moved.tree).replace(/[^a-f]|all|any|not/g, "")).toHaveLength(count);
      now = moved.tree;
    }
  });

  test("a group does not go into itself, and a row not below what is no group", () => {
    expect(tree.moveTo(whole, [1], [1], 0)).toBeNull();
    expect(tree.moveTo(whole, [0], [2], 0)).toBeNull();
    expect(tree.step({ all: [A] }, [0], 1)).toBeNull();
  });

  test("the last row of a group takes the group along, and a group of one is the row", () => {
    const one = tree.remove(tree.remove(whole, [1, 0]) as Condition, [1, 0]);
    expect(letters(one)).toBe("all(a d)");
    expect(letters(tree.settled(tree.remove(one as Condition, [0])))).toBe("d");
    expect(tree.remove(A, [])).toBeNull();
    expect(tree.remove({ not: { all: [A] } }, [0, 0])).toBeNull();
  });

  test("rows are added, wrapped, doubled and negated in their place", () => {
    expect(letters(tree.add(A, B))).toBe("all(a b)");
    expect(letters(tree.add(whole, is("e", "e"), [1]))).toBe("all(a any(b c e) d)");
    expect(letters(tree.add(null, A))).toBe("a");
    expect(letters(tree.wrap(whole, [0]))).toBe("all(any(a ?) any(b c) d)");
    expect(letters(tree.wrap(whole, [1, 0]))).toBe("all(a any(all(b ?) c) d)");
    expect(letters(tree.duplicate(whole, [1]).tree)).toBe("all(a any(b c) any(b c) d)");
    expect(tree.duplicate(A, []).place).toEqual([1]);
    expect(opposite(opposite(A))).toEqual(A);
    expect(opposite({ field: "customer.a", op: "exists" })).toEqual({ field: "customer.a", op: "missing" });
  });

  test("nothing is changed in the tree that was given", () => {
    const text = JSON.stringify(whole);
    tree.step(whole, [0], 1);
    tree.add(whole, A, [1]);
    tree.wrap(whole, [1, 1]);
    expect(JSON.stringify(whole)).toBe(text);
  });
});

describe("typed conditions", () => {
  test("another field brings an operator and a value that it can be asked", () => {
    expect(withField({ field: "", op: "eq", value: "" }, "customer.paid", "yesno")).toEqual({ field: "customer.paid", op: "eq", value: true });
    expect(withField({ field: "a", op: "gt", value: 3 }, "customer.name", "text")).toEqual({ field: "customer.name", op: "eq", value: "" });
    expect(withField({ field: "a", op: "gt", value: 3 }, "customer.sum", "number")).toEqual({ field: "customer.sum", op: "gt", value: 3 });
    expect(withField({ field: "a", op: "eq", value: "x" }, "event.at", "date").op).toBe("eq");
    expect(withField({ field: "a", op: "gt", value: 3 }, "event.at", "date")).toEqual({ field: "event.at", op: "before", value: "" });
    expect(withField({ field: "a", op: "in", value: ["x", 3] }, "b", "number").value).toEqual([3]);
    expect(withField({ field: "a", op: "gt", value: { field: "c" } }, "b", "number").value).toEqual({ field: "c" });
    expect(operatorsOf("yesno", "contains")).toContain("contains"); // what stands there stays
  });

  test("a form that is unknown, or has more than a row can show, is kept as JSON", () => {
    const all: Json[] = [{ xor: [] }, { all: 3 }, { all: [3] }, { field: "a", op: "eq", value: 1, unit: "€" }, { did: "x", at_most: 2 }, { not: 3 }];
    for (const odd of all) {
      expect(kindOf(odd)).toBe("unknown");
    }
    expect(neverDid({ not: { did: "x", at_least: 2 } })).toBeNull();
  });

  test("numbers are read as people write them", () => {
    for (const text of ["2,000", "2 000", "2000", "2’000"]) expect(readNumber(text)).toBe(2000);
    expect(readNumber("2.000,5", ",")).toBe(2000.5);
    expect(readNumber("2.5")).toBe(2.5);
    expect(readNumber("2,5")).toBeNull();
    expect(readNumber("about 5")).toBeNull();
  });

  test("what is still to be filled in is known, and what is read", () => {
    expect(unfinished(fresh("field"))).toBe(true);
    expect(unfinished({ all: [A, fresh("did")] })).toBe(true);
    expect(unfinished({ all: [A, { field: "customer.x", op: "exists" }] })).toBe(false);
    expect(pathsIn({ all: [A, { not: { field: "steps.s.x", op: "eq", value: { field: "now" } } }] })).toEqual(["customer.a", "steps.s.x", "now"]);
  });

  test("the sentence of the aim", () => {
    const condition: Json = { all: [{ field: "customer.budget", op: "gte", value: 2000 }, { not: { did: "reply.received", within: "P3D" } }] };
    expect(conditionWords(condition)).toBe("budget is at least 2,000 and they have not done reply.received in the last 3 days");
  });
});

describe("earlier steps", () => {
  const doc = journey(
    [node("start", "t.begin"), node("ask", "t.ask"), node("one"), node("two"), node("meet"), node("end", "t.end"), node("off")],
    ["start>ask", "ask.yes>one", "ask.no>two", "one>meet", "two>meet", "meet>end", "two>off"],
  );

  test("some have surely run, some only by one way", () => {
    const found = chances(doc, "end", ["start"]);
    expect(found.get("meet")).toBeNull();
    expect(found.get("ask")).toBeNull();
    expect(found.get("one")).toEqual({ node: "ask", handle: "yes" });
    expect(found.get("two")).toEqual({ node: "ask", handle: "no" });
    expect(chances(doc, "one", ["start"]).get("ask")).toBeNull();
  });

  test("where two ways lead to a step past another, neither is named", () => {
    const both: JourneyDocument = { ...doc, edges: [...doc.edges, { from: "start", handle: "out", to: "meet" }] };
    expect(chances(both, "end", ["start"]).get("ask")).toBe("perhaps"); // at the same time, not before
    const direct: JourneyDocument = { ...doc, edges: [...doc.edges, { from: "start", handle: "other", to: "two" }, { from: "start", handle: "third", to: "meet" }] };
    expect(chances(direct, "end", ["start"]).get("two")).toBe("perhaps");
  });

  test("a loop, and a node that nothing reaches, break nothing", () => {
    const loop: JourneyDocument = { ...doc, edges: [...doc.edges, { from: "meet", handle: "again", to: "ask" }] };
    expect(chances(loop, "meet", ["start"]).get("ask")).toBeNull();
    expect(chances(doc, "nowhere", ["start"]).size).toBe(0);
  });
});

describe("what can be spoken of", () => {
  const fields: Fields = {
    customer: [{ path: "customer.plan", label: "plan", sample: "pro", samples: ["pro", "free"] }, { path: "customer.seen", label: "seen", sample: "2026-03-01T09:00:00Z" }],
    events: [{ name: "sent", properties: [{ path: "event.at", label: "at", sample: "2026-03-01T09:00:00Z" }, { path: "event.properties.budget", label: "budget", sample: 2000 }] }],
  };
  const types: Types = new Map<string, NodeType>([...TYPES, ["t.out", { ...(TYPES.get("t.plain") as NodeType), type: "t.out", title: "Answers", output: { properties: { sure: { type: "number" }, ok: { type: ["boolean", "null"] } } } }]]);
  const doc = journey(
    [{ ...node("start", "t.begin", { event: "sent" }) }, { ...node("ask", "t.ask"), title: "Large?" }, node("told", "t.out"), node("set", "t.set", { values: { n: 3, who: "{{ customer.plan }}" } }), node("end", "t.end")],
    ["start>ask", "ask.yes>told", "ask.no>set", "told>end", "set>end"],
  );

  test("fields have a kind and samples, steps say when they are there", () => {
    const groups = variables(doc, types, fields, "end");
    expect(findVariable(groups, "customer.plan")).toMatchObject({ kind: "text", samples: ["pro", "free"] });
    expect(findVariable(groups, "customer.seen")?.kind).toBe("date");
    expect(findVariable(groups, "event.properties.budget")?.kind).toBe("number");
    expect(findVariable(groups, "event.at")?.kind).toBe("date");
    expect(findVariable(groups, "event.properties.at")).toBeUndefined();
    expect(findVariable(groups, "steps.told.ok")?.kind).toBe("yesno");
    expect(findVariable(groups, "steps.set.n")).toMatchObject({ kind: "number", samples: [3] });
    expect(findVariable(groups, "steps.set.who")).toMatchObject({ kind: "text", samples: [] });
    expect(groups.find((g) => g.title === "Answers")?.when).toBe("only if “Large?” went by yes");
  });

  test("a search looks at titles, names, paths and samples, every word somewhere", () => {
    const groups = variables(doc, types, fields, "end");
    expect(searched(groups, "cust pro").flatMap((g) => g.items.map((i) => i.path))).toEqual(["customer.plan"]);
    expect(searched(groups, "2000").flatMap((g) => g.items.map((i) => i.path))).toEqual(["event.properties.budget"]);
    expect(searched(groups, "nothing at all")).toEqual([]);
  });

  test("values tell their kind", () => {
    expect([true, 2, "x", "2026-03-01", "2026-03-01T09:00", ["a"], null, ""].map((v) => kindOfValue(v))).toEqual([
      "yesno", "number", "text", "date", "date", "list", "any", "any",
    ]);
  });
});

describe("forms", () => {
  const schema: Schema = {
    properties: {
      kind: { type: "string", default: "none", "x-field": { kind: "choice" } },
      secret: { type: "string", "x-field": { kind: "text", when: { kind: ["signed", "basic"] } } },
      rare: { type: "number", default: 3, "x-field": { kind: "number", group: "more" } },
      odd: { type: "string", "x-field": { kind: "text", group: "advanced" } },
      also: { type: "string", "x-field": { kind: "text", group: "more" } },
    },
  };

  test("a field is shown while the others say so, and always when it has a value", () => {
    expect(isShown(schema, {}, "secret")).toBe(false);
    expect(isShown(schema, { kind: "signed" }, "secret")).toBe(true);
    expect(isShown(schema, { kind: "none", secret: "x" }, "secret")).toBe(true);
    expect(isShown(schema, {}, "rare")).toBe(true);
  });

  test("fields stand in their groups, and a group knows what is set in it", () => {
    const groups = groupsOf(schema);
    expect(groups.map((g) => [g.name, g.fields.map(([name]) => name)])).toEqual([
      ["", ["kind", "secret"]], ["more", ["rare", "also"]], ["advanced", ["odd"]],
    ]);
    const more = groups[1];
    if (!more) throw new Error("There is such a group.");
    expect(setFields(schema, { rare: 3, also: "x" }, more)).toEqual(["also"]);
  });
});
