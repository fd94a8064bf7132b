import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, test } from "bun:test";

import { chordOf, collisions, RESERVED, written, type Pressed } from "../../builder/canvas/commands/chords";
import { rank, score } from "../../builder/canvas/commands/fuzzy";
import { found } from "../../builder/canvas/commands/opening";
import { places } from "../../builder/canvas/commands/places";
import { joined, movedDown, movedUp, reached, replaced } from "../../builder/canvas/commands/rework";
import { often, type Pair } from "../../builder/canvas/commands/suggest";
import { leadsOn, matching, otherWords } from "../../builder/canvas/commands/types";
import { step } from "../../builder/canvas/commands/walk";
import { copied, pasted, readClip } from "../../builder/canvas/model/clipboard";
import { insertOn } from "../../builder/canvas/model/edits";
import { groupsOf } from "../../builder/canvas/model/groups";
import { applyOps, inverse } from "../../builder/canvas/model/ops";
import { outline } from "../../builder/canvas/model/outline";
import type { JourneyDocument, NodeType } from "../../builder/canvas/model/types";
import type { Command } from "../../builder/canvas/state/commands";
import { dice, journey, labels, node, TYPES } from "./fixtures";

/** The registry reaches into views, whose packages are installed here and not beside the island. */
async function registry(): Promise<readonly Command[]> {
  const built = await Bun.build({
    entrypoints: [join(import.meta.dir, "../../builder/canvas/view/commands.ts")],
    target: "bun",
    plugins: [
      {
        name: "packages",
        setup(build) {
          build.onResolve({ filter: /^[a-z@]/ }, ({ path }) => ({ path: Bun.resolveSync(path, import.meta.dir) }));
        },
      },
    ],
  });
  const [made] = built.outputs;
  if (!made) throw new AggregateError(built.logs, "The registry was not bundled.");
  const file = join(tmpdir(), `wayline-registry-${process.pid}.js`);
  await Bun.write(file, await made.text());
  const { COMMANDS } = (await import(file)) as { COMMANDS: readonly Command[] };
  await Bun.file(file).delete();
  return COMMANDS;
}

const COMMANDS = await registry();

const type = (name: string) => TYPES.get(name) as NodeType;
const edges = (doc: JourneyDocument) => doc.edges.map((e) => `${e.from}.${e.handle}>${e.to}`);

describe("finding by a few letters", () => {
  const parts = (text: string) => [{ text, weight: 4 }];
  const words = ["Send email", "Create task", "Wait until a date", "Call a web address"];

  test.each([
    ["email", "Send email"],
    ["emial", "Send email"],
    ["eml", "Send email"],
    ["tas", "Create task"],
    ["tsak", "Create task"],
    ["date until", "Wait until a date"],
    ["ADDRÉSS", "Call a web address"],
  ])("%p finds %p first", (search, first) => {
    expect(rank(words, search, parts)[0]).toBe(first);
  });

  test("what stands nowhere is not found, and one strange word spoils the search", () => {
    expect(rank(words, "xyz", parts)).toEqual([]);
    expect(rank(words, "email xyz", parts)).toEqual([]);
    expect(rank(words, "", parts)).toEqual(words);
  });

  test("a beginning counts more than the middle of a word, and a title more than prose", () => {
    expect(score(parts("waiting"), "wait")).toBeGreaterThan(score(parts("await"), "wait"));
    const both = [{ text: "a", weight: 4 }, { text: "mail", weight: 1 }];
    expect(score([{ text: "mail", weight: 4 }], "mail")).toBeGreaterThan(score(both, "mail"));
    expect(score([{ text: "mail", weight: 1 }], "mial")).toBe(0); // no slips in prose
  });

  test("a type is found by what it is called elsewhere, also one of another package", () => {
    const made = { ...type("t.send"), type: "acme.send_email", title: "Write to them" };
    expect(otherWords(made, "email: mail, newsletter; wait: delay")).toContain("newsletter");
    const pause = { ...type("t.plain"), type: "logic.wait", title: "Let time pass" };
    expect(matching([made, pause], "newsletter")).toEqual([made]);
    expect(matching([made, pause], "delay")).toEqual([pause]);
    expect(matching([{ ...pause, type: "logic.branch", title: "Yes or no" }, made], "if")[0]?.type).toBe("logic.branch");
    expect(matching([{ ...made, type: "action.http_request", title: "Call a web address" }, pause], "sms")).toHaveLength(1);
  });
});

describe("keys", () => {
  const pressed = (key: string, ...held: string[]): Pressed => ({
    key,
    ctrlKey: held.includes("ctrl"),
    metaKey: held.includes("meta"),
    altKey: held.includes("alt"),
    shiftKey: held.includes("shift"),
    getModifierState: (name) => name === "AltGraph" && held.includes("altgr"),
  });

  test.each([
    [pressed("z", "ctrl"), "Ctrl Z"],
    [pressed("Z", "meta", "shift"), "Ctrl Shift Z"],
    [pressed("?", "shift"), "?"],
    [pressed("[", "ctrl", "alt", "altgr"), "["],
    [pressed("ArrowUp", "alt"), "Alt Up"],
    [pressed("Delete", "shift"), "Shift Delete"],
    [pressed("Escape"), "Esc"],
    [pressed("F3", "shift"), "Shift F3"],
    [pressed("n"), "N"],
  ])("%j is called %p", (event, chord) => {
    expect(chordOf(event)).toBe(chord);
  });

  test("no key works twice, none is the browser's own, and every command is there once", () => {
    expect(collisions(COMMANDS)).toEqual([]);
    expect(COMMANDS.flatMap((c) => c.keys ?? []).filter((key) => RESERVED.has(key))).toEqual([]);
    const ids = COMMANDS.map((c) => c.id);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    expect(collisions([{ id: "a", keys: ["N"] }, { id: "b", keys: ["N"] }])).toEqual(["N: a, b"]);
  });

  test("a key that nobody can press is in no command", () => {
    const known = /^(Ctrl )?(Alt )?(Shift )?([A-Z]|\d|F\d{1,2}|Up|Down|Left|Right|Home|End|PageUp|PageDown|Enter|Esc|Space|Delete|Backspace|Menu|[^\w\s])$/;
    expect(COMMANDS.flatMap((c) => c.keys ?? []).filter((key) => !known.test(key))).toEqual([]);
  });

  test("keys are written as the keyboard has them", () => {
    expect(written("Ctrl Shift Up", true)).toBe("⌘ ⇧ ↑");
    expect(written("Ctrl Shift Up", false)).toBe("Ctrl Shift ↑");
  });
});

describe("replacing a node", () => {
  const doc = journey(
    [node("a", "t.begin"), node("s", "t.send", { text: "hello" }), node("x"), node("y")],
    ["a>s", "s>x", "s.failed>y"],
  );
  const change = (to: string, from = doc, id = "s") => {
    const found = replaced(from, TYPES, from.nodes.find((n) => n.id === id) as never, type(to));
    return { ...found, after: applyOps(from, found.ops) };
  };

  test("its id, place and order stay, and lines whose way the new type has too", () => {
    const { after, dropped } = change("t.plain");
    expect(after.nodes[1]).toMatchObject({ id: "s", type: "t.plain", config: { text: "hello" } });
    expect(edges(after)).toEqual(["a.out>s", "s.out>x"]);
    expect(dropped).toEqual([{ from: "s", handle: "failed", to: "y" }]);
    expect(after.ui?.positions?.s).toEqual([0, 120]);
  });

  test("the main way goes on as the new main way, and back", () => {
    const { after, dropped } = change("t.ask");
    expect(edges(after)).toEqual(["a.out>s", "s.yes>x"]);
    expect(dropped.map((e) => e.handle)).toEqual(["failed"]);
    expect(edges(change("t.send", after).after)).toEqual(["a.out>s", "s.out>x"]);
  });

  test("a type without a way on drops them, a trigger also what leads to it", () => {
    expect(change("t.end").dropped).toHaveLength(2);
    expect(edges(change("t.end").after)).toEqual(["a.out>s"]);
    expect(edges(change("t.begin").after)).toEqual(["s.out>x"]);
  });

  test("settings of another kind are left out", () => {
    const other = journey([node("a", "t.plain", { text: 5, of: "x", more: 1 })]);
    expect(change("t.plain", other, "a").after.nodes[0]?.config).toEqual({ of: "x" });
  });

  test("it is taken back in one step", () => {
    const { ops } = change("t.ask");
    expect(applyOps(applyOps(doc, ops), inverse(doc, ops))).toEqual(doc);
  });
});

describe("deleting so that the flow stays joined", () => {
  test("what came before leads to what came after, by the main way", () => {
    const doc = journey([node("a", "t.begin"), node("s", "t.send"), node("x"), node("y")], ["a>s", "s>x", "s.failed>y"]);
    expect(edges(applyOps(doc, joined(doc, TYPES, new Set(["s"]))))).toEqual(["a.out>x"]);
  });

  test("several at once, ways that are there already, loops and ends", () => {
    const doc = journey([node("a", "t.begin"), node("b"), node("c"), node("d")], ["a>b", "b>c", "c>d", "a>d"]);
    expect(edges(applyOps(doc, joined(doc, TYPES, new Set(["b", "c"]))))).toEqual(["a.out>d"]);
    const loop = journey([node("a", "t.ask"), node("b"), node("c")], ["a.no>b", "b>a", "a.yes>c"]);
    expect(edges(applyOps(loop, joined(loop, TYPES, new Set(["b"]))))).toEqual(["a.yes>c"]);
    expect(edges(applyOps(loop, joined(loop, TYPES, new Set(["b", "a", "c"]))))).toEqual([]);
  });

  test("with dice: every node that could be reached and stays can be reached still", () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const roll = dice(seed);
      const nodes = [node("n0", "t.begin"), ...Array.from({ length: 8 }, (_, i) => node(`n${i + 1}`))];
      const doc = journey(nodes, Array.from({ length: 8 }, (_, i) => `n${i}>n${i + 1}`));
      const gone = new Set(["n1", "n2", "n3", "n4", "n5", "n6", "n7"].filter(() => roll(2) === 0));
      const after = applyOps(doc, joined(doc, TYPES, gone));
      expect(reached(after, ["n0"], "following")).toEqual(after.nodes.map((n) => n.id));
    }
  });
});

describe("earlier and later", () => {
  const doc = journey([node("a", "t.begin"), node("b"), node("s", "t.send"), node("c")], ["a>b", "b>s", "s>c", "s.failed>b"].slice(0, 3));

  test("two steps change places, also where they stand", () => {
    const down = movedDown(doc, TYPES, "b");
    const after = applyOps(doc, down ?? []);
    expect(edges(after).sort()).toEqual(["a.out>s", "b.out>c", "s.out>b"]);
    expect(after.ui?.positions).toMatchObject({ b: [0, 240], s: [0, 120] });
    expect(edges(applyOps(after, movedUp(after, TYPES, "b") ?? [])).sort()).toEqual(edges(doc).sort());
  });

  test("nothing goes before a trigger, beyond the end, or where several ways meet", () => {
    expect(movedUp(doc, TYPES, "b")).toBeNull();
    expect(movedDown(doc, TYPES, "c")).toBeNull();
    const meet = journey([node("a", "t.ask"), node("b"), node("c"), node("d")], ["a.yes>b", "a.no>c", "b>d", "c>d"]);
    expect(movedDown(meet, TYPES, "b")).toBeNull();
    const end = journey([node("b"), node("e", "t.end")], ["b>e"]);
    expect(movedDown(end, TYPES, "b")).toBeNull();
  });
});

describe("going from node to node", () => {
  const nodes = [node("a", "t.begin"), node("q", "t.ask"), node("y"), node("n"), node("end", "t.end")];
  const doc = journey(nodes, ["a>q", "q.no>n", "q.yes>y", "y>end", "n>end"]);

  test("down by the first way, up to where one came from, sideways among the ways", () => {
    expect(step(doc, TYPES, "a", "down")).toBe("q");
    expect(step(doc, TYPES, "q", "down")).toBe("y");
    expect(step(doc, TYPES, "y", "right")).toBe("n");
    expect(step(doc, TYPES, "n", "left")).toBe("y");
    expect(step(doc, TYPES, "n", "right")).toBeNull();
    expect(step(doc, TYPES, "end", "up", "n")).toBe("n");
    expect(step(doc, TYPES, "end", "up", "gone")).toBe("y");
    expect(step(doc, TYPES, "end", "down")).toBeNull();
    expect(step(doc, TYPES, "a", "up")).toBeNull();
  });

  test("what follows and what comes before", () => {
    expect(reached(doc, ["y"], "following")).toEqual(["y", "end"]);
    expect(reached(doc, ["n"], "preceding")).toEqual(["a", "q", "n"]);
  });
});

describe("where a node can go", () => {
  const doc = journey([node("a", "t.begin"), node("q", "t.ask"), node("y")], ["a>q", "q.yes>y"]);
  const ids = (asked: Parameters<typeof places>[2]) => {
    const { all, first } = places(doc, TYPES, asked);
    return [all.map((place) => place.id), first];
  };

  test("after a node: its free way first, and every other place", () => {
    expect(ids({ node: "q" })).toEqual([["on yes y", "by yes", "by no", "before a out"], "by no"]);
    expect(ids({ node: "a" })).toEqual([["on out q", "by out"], "on out q"]);
    expect(ids({ node: "q", handle: "yes" })[1]).toBe("by yes");
  });

  test("on a line there is one place, and elsewhere the canvas", () => {
    expect(ids({ edge: { from: "a", handle: "out", to: "q" } })).toEqual([["on"], "on"]);
    const { all } = places(doc, TYPES, { at: [8, 8] });
    expect(all[0]?.where).toEqual({ at: [8, 8] });
  });

  test("only what leads on can stand on a line", () => {
    expect([...TYPES.values()].filter(leadsOn).map((t) => t.type)).not.toContain("t.end");
    expect(leadsOn(type("t.begin"))).toBe(false);
  });
});

describe("what often comes next", () => {
  const pairs: Pair[] = [
    { from: "t.begin", handle: "out", to: "t.send", own: 0, gallery: 3 },
    { from: "t.begin", handle: "out", to: "t.ask", own: 2, gallery: 0 },
    { from: "t.begin", handle: "other", to: "t.plain", own: 2, gallery: 1 },
    { from: "t.begin", handle: "out", to: "gone", own: 9, gallery: 9 },
    { from: "t.ask", handle: "yes", to: "t.end", own: 1, gallery: 0 },
  ];

  test("the same way of the same type, one's own journeys first, unknown types never", () => {
    expect(often(pairs, TYPES, "t.begin", "out").map((t) => t.type)).toEqual(["t.ask", "t.send", "t.plain"]);
    expect(often(pairs, TYPES, "t.begin", "out", 1)).toHaveLength(1);
    expect(often(pairs, TYPES, "t.end", "out")).toEqual([]);
  });
});

describe("copies", () => {
  const base = journey([node("a", "t.begin"), node("w"), node("s")], ["a>w", "w>s"]);
  const doc = applyOps(base, [
    { op: "group.set", id: "g", title: "Round", nodes: ["w", "s"], color: 2 },
    { op: "note.set", id: "n", text: "Mind this", position: [8, 16] },
  ]);

  test("are lines that a person can read, and come back from a text editor", () => {
    const text = copied(doc, new Set(["w", "s", "n"])) ?? "";
    expect(text.split("\n").length).toBeGreaterThan(10);
    const clip = readClip(text.replace('"Mind this"', '"Mind that"').replaceAll("\n", "\r\n"));
    if (!clip) throw new Error("It was copied.");
    const { ops, ids } = pasted(doc, clip, [40, 40], TYPES);
    const after = applyOps(doc, ops);
    expect(ids).toEqual(["w_2", "s_2", "n_2"]);
    expect(after.ui?.notes?.at(-1)).toEqual({ id: "n_2", text: "Mind that", position: [48, 56] });
    expect(groupsOf(after).map((g) => [g.id, g.title, g.nodes, g.color])).toEqual([
      ["g", "Round", ["w", "s"], 2],
      ["g_2", "Round", ["w_2", "s_2"], 2],
    ]);
    expect(edges(after)).toContain("w_2.out>s_2");
  });

  test("a group of which only a part is copied stays behind", () => {
    expect(readClip(copied(doc, new Set(["w"])) ?? "")?.groups).toEqual([]);
    expect(copied(doc, new Set(["n"]))).not.toBeNull();
  });

  test("a foreign text is none", () => {
    for (const text of ["", "hello", "[1]", "{}", '{"wayline": 1}', '{"nodes": [], "edges": []}']) expect(readClip(text)).toBeNull();
  });

  test("a node put on a line keeps what followed, also when its only way is one of doubt", () => {
    const added = insertOn(base, { from: "a", handle: "out", to: "w" }, type("t.sort"));
    const after = applyOps(base, added.ops);
    expect(edges(after)).toEqual(["w.out>s", `a.out>${added.id}`, `${added.id}.unsure>w`]);
  });
});

describe("the outline and finding in it", () => {
  const nodes = [node("a", "t.begin"), node("q", "t.sort", labels("bill", "other")), node("y", "t.plain", { text: "Größe {{ customer.x }}" })];
  const doc = journey(nodes, ["a>q", "q.bill>y"]);

  test("every way without a line is told, the folded ones aside, and says whose it is", () => {
    const told = outline(doc, TYPES).map((i) => [i.kind, i.id, i.depth, i.way?.handle ?? ""]);
    expect(told).toEqual([
      ["node", "a", 0, ""],
      ["node", "q", 0, "out"],
      ["node", "y", 1, "bill"],
      ["end", "y", 1, "out"],
      ["end", "q", 1, "other"],
      ["end", "q", 1, "unsure"],
    ]);
  });

  test("a node is found by title, sentence, what was typed, id and type", () => {
    expect(found(doc, TYPES, "begins")).toEqual(["a"]);
    expect(found(doc, TYPES, "picks one of 2")).toEqual(["q"]);
    expect(found(doc, TYPES, "grösse")).toEqual([]);
    expect(found(doc, TYPES, "größe")).toEqual(["y"]);
    expect(found(doc, TYPES, "customer.x")).toEqual(["y"]);
    expect(found(doc, TYPES, "t.")).toEqual(["a", "q", "y"]);
    expect(found(doc, TYPES, " ")).toEqual([]);
  });
});
