import { describe, expect, test } from "bun:test";

import { journeySchema } from "../../builder/canvas/form/journey_schema";
import { borrowed, both, layerOf, toneOf } from "../../builder/canvas/history/ghosts";
import { briefly, itemsOf, weight, type Item } from "../../builder/canvas/history/items";
import { entries, type Edit, type Version } from "../../builder/canvas/history/timeline";
import { liveDocument } from "../../builder/canvas/history/live";
import { Pages } from "../../builder/canvas/history/pages";
import { shortened, wordDiff } from "../../builder/canvas/history/word_diff";
import { changes, diff } from "../../builder/canvas/model/diff";
import { applyOps, edgeId } from "../../builder/canvas/model/ops";
import type { JourneyDocument, Op, Types } from "../../builder/canvas/model/types";
import { Refused } from "../../builder/canvas/state/queue";
import type { EditorStore } from "../../builder/canvas/state/store";
import { speak } from "../../builder/canvas/words";
import { dice, journey, labels, node, TYPES } from "./fixtures";

const hint = (kind: string, label: string, more = {}) => ({ "x-field": { kind, label, ...more } });
const WAIT = {
  ...TYPES.get("t.plain"),
  type: "t.wait",
  title: "Wait",
  config_schema: {
    properties: {
      for: { type: "string", ...hint("duration", "For") },
      when: { type: "object", ...hint("condition", "Only when") },
      how: { type: "string", ...hint("choice", "How", { options: { soft: "Gently", loud: "Loudly" } }) },
      cases: { type: "array", ...hint("listing", "Ways"), items: { properties: { handle: hint("slug", "Name"), within: hint("duration", "Within") } } },
      of: { type: "string", ...hint("node", "Waits for") },
      on: { type: "boolean", default: true, ...hint("switch", "Quiet hours") },
    },
  },
} as unknown as NonNullable<ReturnType<Types["get"]>>;
const KINDS: Types = new Map([...TYPES, ["t.wait", WAIT]]);

const start = journey([node("a", "t.begin"), node("w", "t.wait", { for: "P2D", of: "a" }), node("s", "t.sort", labels("project")), node("z")], ["a>w", "w>s", "s.project>z"]);

function told(before: JourneyDocument, after: JourneyDocument): Item[] {
  return itemsOf(diff(before, after), { before, after, types: KINDS, form: journeySchema([{ name: "decision", title: "Decision" }], "after") });
}

function after(...ops: Op[]): Item[] {
  return told(start, applyOps(start, ops));
}

const lines = (items: Item[]) => items.map((item) => `${item.kind} ${item.title}: ${briefly(item)}`);

describe("what differs, in words", () => {
  test("fields go by the labels and the words of their form", () => {
    const config = { for: "P3D", how: "loud", of: "s", on: false, when: { field: "customer.plan", op: "eq", value: "pro" } };
    const [item] = after({ op: "node.set", id: "w", config });
    expect(item?.title).toBe("Wait");
    expect(item?.rows).toEqual([
      { label: "For", before: "2 days", after: "3 days" },
      { label: "Waits for", before: "Begins", after: "Sort" },
      { label: "How", before: null, after: "Loudly" },
      { label: "Quiet hours", before: "on", after: "off" },
      { label: "Only when", before: null, after: "plan is pro" },
    ]);
  });

  test("a change deep in a condition or a list is told at the field that a person sees", () => {
    const cases = [{ handle: "soon", within: "PT1H" }, { handle: "late", within: "P1D" }];
    const when = { all: [{ field: "customer.a", op: "eq", value: 1 }, { field: "customer.b", op: "exists" }] };
    const before = applyOps(start, [{ op: "node.set", id: "w", config: { cases, when } as never }]);
    const next = { cases: [{ handle: "late", within: "P2D" }, { handle: "soon", within: "PT1H" }, { handle: "new" }], when: { all: [{ ...when.all[0], value: 2 }, when.all[1]] } };
    const [item] = told(before, applyOps(before, [{ op: "node.set", id: "w", config: next as never }]));
    expect(item?.rows.map((row) => `${row.label}: ${row.before} → ${row.after}`)).toEqual([
      "Ways, late, Within: 1 day → 2 days",
      "Ways: null → new",
      "Ways, order: soon, late → late, soon, new",
      "Only when: a is 1 and b is known → a is 2 and b is known",
    ]);
  });

  test("nodes that came and went tell their sentence and their neighbours, in the order of the canvas", () => {
    const items = after(
      { op: "node.del", id: "z" },
      { op: "node.add", node: { ...node("m", "t.send"), title: "Send it" }, position: [0, -100] },
      { op: "edge.add", from: "s", handle: "project", to: "m" },
      { op: "node.title", id: "w", title: "Rest" },
      { op: "node.disable", id: "w", disabled: true },
    );
    expect(lines(items)).toEqual([
      "added Send it: Does t.send. Comes after Sort",
      "changed Rest: Turned off. Name: Wait → Rest",
      "removed Plain: Does t.plain. Comes after Sort",
    ]);
  });

  test("a replaced node says what it was, and a turned way where it leads", () => {
    const turned = applyOps(start, [{ op: "edge.del", from: "s", handle: "project", to: "z" }, { op: "edge.add", from: "s", handle: "project", to: "w" }]);
    const replaced = { ...turned, nodes: turned.nodes.map((n) => (n.id === "z" ? { ...n, type: "t.send" } : n)) };
    expect(lines(told(start, replaced))).toEqual([
      "changed Sort: project: Leads to: Plain → Wait",
      "changed Send: Kind: Plain → Send",
    ]);
  });

  test("the journey's own settings have the words of their panel", () => {
    const items = after({ op: "doc.set", name: "Other", stage: "decision", settings: { reentry: { mode: "once" }, exit_when: [{ event: "paid" }], secret: 1 } });
    expect(items.every((item) => item.title === "The journey")).toBe(true);
    expect(items.flatMap((item) => item.rows.map((row) => `${row.label}: ${row.before} → ${row.after}`))).toEqual([
      "Name: A journey → Other",
      "Stage: null → Decision",
      "Coming back: again when the last time has ended → once and never again",
      "Leave at once when: null → paid",
      "secret: null → 1",
    ]);
  });

  test("moves, notes and groups are one entry at the end that does not count", () => {
    const items = after({ op: "node.move", id: "a", position: [80, 80] }, { op: "note.set", id: "n", text: "Ask Tom", position: [0, 0] });
    expect(lines(items)).toEqual(["moved On the canvas only: Moved: Begins. Note: nothing → Ask Tom"]);
    expect(weight(items)).toBe(0);
    expect(told(start, { ...start, edges: [...start.edges].reverse() })[0]?.title).toBe("The order");
  });

  test("there are as many entries as the bar above counts", () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const roll = dice(seed);
      let doc = start;
      for (let i = 0; i < 6; i += 1) doc = applyOps(doc, [some(doc, roll, i)]);
      expect(weight(told(start, doc))).toBe(changes(doc, start));
    }
  });

  test("speaks German", async () => {
    await speak("de");
    try {
      expect(lines(after({ op: "node.set", id: "w", config: { for: "P3D", of: "a" } }))).toEqual(["changed Wait: For: 2 Tage → 3 Tage"]);
    } finally {
      await speak("en");
    }
  });
});

function some(doc: JourneyDocument, roll: (sides: number) => number, i: number): Op {
  const id = doc.nodes[roll(doc.nodes.length || 1)]?.id;
  const edge = doc.edges[roll(doc.edges.length || 1)];
  const choices: (Op | undefined)[] = [
    { op: "node.add", node: node(`n${i}`), position: [i * 8, 900] },
    id ? { op: "node.del", id } : undefined,
    id ? { op: "node.title", id, title: `T${i}` } : undefined,
    id ? { op: "node.move", id, position: [i, i] } : undefined,
    edge ? { op: "edge.del", ...edge } : undefined,
    { op: "doc.set", settings: { goal: { event: String(i) }, reentry: { mode: "once" } } },
  ];
  return choices[roll(choices.length)] ?? { op: "doc.set", about: String(i) };
}

describe("both states on one canvas", () => {
  test("what is gone stands beside what took its place, with its lines", () => {
    const next = applyOps(start, [{ op: "node.del", id: "w" }, { op: "node.add", node: node("n"), position: [0, 120] }]);
    const found = diff(start, next);
    const shown = both(next, found);
    expect(shown.nodes.map((n) => n.id)).toEqual(["a", "s", "z", "n", "w"]);
    expect(shown.ui?.positions).toMatchObject({ n: [0, 120], w: [280, 120] });
    const { nodes, lines: tones } = layerOf(found, () => ({ badge: "b", says: "s" }));
    expect([nodes.get("w")?.tone, nodes.get("n")?.tone]).toEqual(["removed", "added"]);
    expect(tones?.get(edgeId({ from: "a", handle: "out", to: "w" }))).toEqual({ tone: "removed" });
    expect(shown.edges).toHaveLength(3);
  });

  test("a folded group opens where something in it has changed", () => {
    const groups = [{ id: "g", title: "G", nodes: ["a"], collapsed: true }, { id: "h", title: "H", nodes: ["z"], collapsed: true }];
    const folded = { ...start, ui: { ...start.ui, groups } };
    const next = applyOps(folded, [{ op: "node.title", id: "a", title: "Start" }]);
    expect(both(next, diff(folded, next)).ui?.groups?.map((g) => g.collapsed)).toEqual([false, true]);
  });

  test("a node without a place stands where the other state has it", () => {
    const bare = { ...start, ui: { positions: { a: [8, 8] as const } } };
    expect(borrowed(bare, start).ui?.positions).toEqual({ ...start.ui?.positions, a: [8, 8] });
    expect(borrowed(start, bare)).toBe(start);
    const added = applyOps({ ...start, ui: {} }, [{ op: "node.add", node: node("n") }, { op: "edge.add", from: "z", handle: "out", to: "n" }]);
    expect(borrowed(added, start).ui?.positions).toEqual({ ...start.ui?.positions, n: [0, 480] });
  });

  test("a node that was only moved is no changed one", () => {
    const [move] = diff(start, applyOps(start, [{ op: "node.move", id: "a", position: [8, 8] }])).nodes;
    expect(move && toneOf(move)).toBe("moved");
    expect(both(start, diff(start, start))).toBe(start);
  });
});

test("the live version is drawn with the places and the nodes of the draft where it has none of its own", () => {
  const draft = applyOps(start, [{ op: "node.title", id: "a", title: "Start" }, { op: "node.move", id: "w", position: [8, 400] }]);
  const { ui: _, ...live } = structuredClone(start);
  const drawn = liveDocument(live, draft, KINDS);
  expect(drawn.ui?.positions).toEqual(draft.ui?.positions);
  expect(drawn.nodes.map((n, i) => n === draft.nodes[i])).toEqual([false, true, true, true]);
  expect(drawn.nodes[0]?.title).toBeUndefined();
  expect(liveDocument(live, draft, KINDS)).toBe(drawn);
});

describe("two texts, word by word", () => {
  test("lead from one to the other", () => {
    const words = ["a", "b", "c", " ", "\n", "{{ x.y }}", ".", "don't"];
    for (let seed = 1; seed <= 300; seed += 1) {
      const roll = dice(seed);
      const text = () => Array.from({ length: roll(30) }, () => words[roll(words.length)] ?? "").join("");
      const [before, now] = [text(), text()];
      const pieces = wordDiff(before, now);
      const side = (kind: string) => pieces.filter((p) => p.kind !== kind).map((p) => p.text).join("");
      expect([side("added"), side("removed")]).toEqual([before, now]);
    }
  });

  test("keep words and variables whole, and spaces with their words", () => {
    expect(wordDiff("Hello {{ customer.first_name }}, see you", "Hello {{ customer.name }}, meet us soon")).toEqual([
      { kind: "same", text: "Hello " },
      { kind: "removed", text: "{{ customer.first_name }}" },
      { kind: "added", text: "{{ customer.name }}" },
      { kind: "same", text: ", " },
      { kind: "removed", text: "see you" },
      { kind: "added", text: "meet us soon" },
    ]);
  });

  test("a long stretch without a change is cut short", () => {
    const long = Array.from({ length: 60 }, (_, i) => `w${i}`).join(" ");
    const [first, , , last] = shortened(wordDiff(`${long} old ${long}`, `${long} new ${long}`));
    expect(first?.text).toStartWith(" … w5");
    expect(last?.text).toEndWith("w5 … ");
  });
});

describe("the list of edits", () => {
  const edit = (rev: number, minute: number, label = `l${rev}`, name = "Ines"): Edit => ({
    rev, label, count: 1, at: new Date(Date.UTC(2026, 10, 12, 14, minute)).toISOString(), person: { id: name, name },
  });
  const version = (number: number, rev: number | null, minute: number): Version => ({
    number, rev, published_at: new Date(Date.UTC(2026, 10, 12, 14, minute)).toISOString(), person: { id: null, name: "Tom" },
  });
  const outline = (edits: Edit[], versions: Version[], whole = true) =>
    entries(edits, versions, whole).map((e) => (e.kind === "version" ? `v${e.version.number}` : e.edits.map((one) => one.rev).join(",")));

  test("one person's edits stand together until a pause, someone else, or a version", () => {
    const edits = [edit(7, 50), edit(6, 49), edit(5, 30), edit(4, 29, "x", "Tom"), edit(3, 28), edit(2, 27), edit(1, 26)];
    expect(outline(edits, [])).toEqual(["7,6", "5", "4", "3,2,1"]);
    expect(outline(edits, [version(2, 7, 51), version(1, 2, 27)])).toEqual(["v2", "7,6", "5", "4", "3", "v1", "2,1"]);
  });

  test("a version from before the edits were kept stands where its time is", () => {
    expect(outline([edit(9, 40), edit(8, 20)], [version(1, null, 30)])).toEqual(["9", "v1", "8"]);
    expect(outline([edit(9, 40)], [version(1, 3, 10)], false)).toEqual(["9"]);
    expect(outline([edit(9, 40)], [version(1, 3, 10)])).toEqual(["9", "v1"]);
  });

  test("typing on in one field counts once", () => {
    const [typed] = entries([edit(3, 2, "change Wait"), edit(2, 1, "change Wait"), edit(1, 0, "add Wait")], [], true);
    const doings = typed?.kind === "sitting" ? typed.doings : [];
    expect(doings.map((doing) => doing.map((one) => one.rev))).toEqual([[3, 2], [1]]);
  });
});

describe("fetching the edits", () => {
  const made = (from: number, to: number) =>
    Array.from({ length: from - to + 1 }, (_, i) => ({ rev: from - i, at: "", person: { id: null, name: "" }, label: "", count: 1 }));

  function studio(newest: { rev: number }) {
    const asked: string[] = [];
    const get = async (path: string) => {
      asked.push(path.split("?")[1] ?? "");
      if (newest.rev < 0) throw new Refused("Signed out.", 401);
      const top = Number(/before=(\d+)/.exec(path)?.[1] ?? newest.rev + 1) - 1;
      return { edits: made(top, Math.max(1, top - 49)), versions: [] };
    };
    return { pages: new Pages({ api: { root: "/j", get } } as unknown as EditorStore), asked };
  }

  const revs = (pages: Pages) => pages.slice.get().edits.map((edit) => edit.rev);

  test("comes page by page to the first one, and new ones join", async () => {
    const newest = { rev: 120 };
    const { pages, asked } = studio(newest);
    await pages.refresh();
    await pages.earlier();
    expect(pages.slice.get().whole).toBe(false);
    await pages.earlier();
    expect(pages.slice.get().whole).toBe(true);
    expect(asked).toEqual(["limit=50", "before=71&limit=50", "before=21&limit=50"]);
    newest.rev = 130;
    await pages.refresh();
    expect(revs(pages)).toEqual(made(130, 1).map((edit) => edit.rev));
    expect(pages.slice.get().whole).toBe(true);
  });

  test("begins anew when too much has happened meanwhile, and keeps what it has when the studio refuses", async () => {
    const newest = { rev: 60 };
    const { pages } = studio(newest);
    await pages.refresh();
    newest.rev = 500;
    await pages.refresh();
    expect(revs(pages)).toEqual(made(500, 451).map((edit) => edit.rev));
    newest.rev = -1;
    await pages.refresh();
    expect(pages.slice.get()).toMatchObject({ failure: "Signed out.", busy: false });
    expect(revs(pages)).toHaveLength(50);
  });
});
