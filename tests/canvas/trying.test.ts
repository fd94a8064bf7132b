/** Trying: the marks over the canvas, the event as fields and JSON, where people leave. */

import { describe, expect, test } from "bun:test";

import type { JourneyDocument, NodeType } from "../../builder/canvas/model/types";
import { asJson, fieldsOf, givenBy, readJson, withField } from "../../builder/canvas/trying/given";
import { leavings, warmth } from "../../builder/canvas/trying/leaving";
import { dataIn, lastVisit, marks, outputsBefore, sinceStart, valueAt, wayOf, type Words } from "../../builder/canvas/trying/path";
import { byWay, PinStore, sent, withSample } from "../../builder/canvas/trying/pins";
import type { Sample, TriedStep } from "../../builder/canvas/trying/types";
import { longText, sampleText } from "../../builder/canvas/trying/wording";
import { speak } from "../../builder/canvas/words";
import { TYPES as types } from "./fixtures";

const WORDS: Words = { passed: "passed", failed: "failed", pinned: "pinned", skipped: "not passed", waiting: "waits", assumed: "taken as yes", waited: (s) => `${s} s` };

const doc: JourneyDocument = {
  format: 1,
  name: "J",
  nodes: [
    { id: "came", type: "t.begin", config: { event: "a" } },
    { id: "large", type: "t.ask", config: {} },
    { id: "mail", type: "t.send", config: {} },
    { id: "other", type: "t.send", config: {} },
  ],
  edges: [
    { from: "came", handle: "out", to: "large" },
    { from: "large", handle: "yes", to: "mail" },
    { from: "large", handle: "no", to: "other" },
  ],
};

function step(node: string, handle: string | null, more: Partial<TriedStep> = {}): TriedStep {
  return {
    n: 1, at: "2026-03-02T09:00:00Z", node, type: "", visit: 1, handle,
    input: { reads: [] }, output: {}, notes: [], waited: 0, pinned: false, ...more,
  };
}

const PATH = [step("came", "out"), step("large", "yes", { waited: 60 }), step("mail", "out")];

describe("marks", () => {
  test("name the way that was taken, the time waited, and what was not passed", () => {
    const layer = marks(doc, types, PATH, 3, null, {}, WORDS);
    expect(layer.nodes.get("large")?.badge?.text).toBe("yes · 60 s");
    expect(layer.nodes.get("came")).toMatchObject({ tone: "passed", badge: { text: "passed" } });
    expect(layer.nodes.get("other")).toEqual({ tone: "skipped", says: "not passed" });
    expect([...(layer.lines?.keys() ?? [])]).toHaveLength(2);
  });

  test("grow step by step, and nothing is called skipped before the end", () => {
    const layer = marks(doc, types, PATH, 1, null, {}, WORDS);
    expect([...layer.nodes.keys()]).toEqual(["came"]);
    expect(layer.lines?.size).toBe(1);
  });

  test("show a failure with its reason, the step that is looked at, and pins that wait", () => {
    const wrong = step("mail", null, { output: { error: { kind: "error", message: "Away." } } });
    const layer = marks(doc, types, [step("came", "out"), wrong], 2, 0, { other: {} }, WORDS);
    expect(layer.nodes.get("mail")).toMatchObject({ tone: "failed", badge: { title: "Away.", text: "failed" } });
    expect(layer.nodes.get("came")?.tone).toBe("running");
    expect(layer.nodes.get("other")).toMatchObject({ tone: "pinned", badge: { text: "pinned" } });
  });

  test("a run that goes on waits where it stands, once all of its steps are shown", () => {
    const at = [{ node: "other", text: "Until Friday", deadline: null }];
    expect(marks(doc, types, PATH, 3, null, {}, WORDS, at).nodes.get("other")).toMatchObject({ tone: "running", badge: { text: "waits" } });
    expect(marks(doc, types, PATH, 2, null, {}, WORDS, at).nodes.has("other")).toBe(false);
  });

  test("a pin of a node that is gone marks nothing", () => {
    expect(marks(doc, types, [], 0, null, { gone: {} }, WORDS).nodes.size).toBe(0);
  });
});

describe("data", () => {
  const steps = [
    step("came", "out", { output: { name: "a" } }),
    step("large", "yes", { input: { customer: { plan: "pro" }, event: { name: "a" }, reads: ["customer.plan"] } }),
  ];

  test("of a step holds the customer, the event and every step before it", () => {
    expect(dataIn(steps, 1)).toEqual({ customer: { plan: "pro" }, event: { name: "a" }, steps: { came: { name: "a" } } });
    expect(valueAt(dataIn(steps, 1), "steps.came.name")).toBe("a");
    expect(valueAt(dataIn(steps, 1), "customer.none.deep")).toBeUndefined();
    expect(valueAt({ list: [{ a: 1 }] }, "list.0.a")).toBe(1);
  });

  test("for one step alone comes from the steps before it and from pins, never from itself", () => {
    const own = [...steps, step("large", "no", { output: { late: true } })];
    expect(lastVisit(own, "large")).toBe(2);
    expect(outputsBefore(own, { mail: { output: { x: 1 } }, large: { output: {} } }, "mail")).toEqual({
      came: { name: "a" },
      large: { late: true },
    });
    expect(outputsBefore(steps, { mail: { output: { x: 1 } } }, "large")).toEqual({ came: { name: "a" }, mail: { x: 1 } });
  });

  test("times count from the first step", () => {
    const later = step("mail", "out", { at: "2026-03-05T09:00:00Z" });
    expect(sinceStart([steps[0] as TriedStep, later])).toEqual([0, 3 * 86_400]);
    expect(wayOf(step("large", "gone_way"), doc.nodes[1], types)).toBe("gone way");
  });
});

describe("what is given", () => {
  const sample: Sample = {
    id: "made", origin: "made", title: "", at: null, fits: null,
    customer: { id: "maya", email: "m@example.com", attributes: { plan: "pro" } },
    event: { name: "a", properties: { seats: 3, deep: { on: true } } },
  };

  test("has a field for each single value, and changing one leaves the others", () => {
    const given = givenBy(sample);
    expect(fieldsOf(given).map((f) => [f.label, f.kind])).toEqual([
      ["seats", "number"], ["deep.on", "switch"], ["id", "text"], ["email", "text"], ["plan", "text"],
    ]);
    const changed = withField(given, ["properties", "deep", "on"], false);
    expect(changed.properties).toEqual({ seats: 3, deep: { on: false } });
    expect(changed.customer).toBe(given.customer);
    expect(given.properties.deep).toEqual({ on: true });
  });

  test("a real customer is taken by id", () => {
    expect(givenBy({ ...sample, origin: "real", customer: { id: "c1" } }).customer).toBe("c1");
    expect(givenBy({ ...sample, customer: null }).customer).toBeNull();
  });

  test("reads back what it wrote, and says where JSON breaks off", () => {
    const given = givenBy(sample);
    expect(readJson(asJson(given))).toEqual({ ok: true, given });
    expect(readJson('{\n  "properties": {},,\n}')).toMatchObject({ ok: false, kind: "json" });
    expect(readJson("{\n  nope\n}")).toMatchObject({ ok: false, kind: "json", line: 2 });
    expect(readJson("[]")).toEqual({ ok: false, kind: "object" });
    expect(readJson('{"properties": 3}')).toEqual({ ok: false, kind: "properties" });
    expect(readJson('{"customer": 3}')).toEqual({ ok: false, kind: "customer" });
  });
});

describe("pins", () => {
  test("are kept in the session, each journey's own, and junk is left out", () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    };
    new PinStore("a", storage).save({ n: { handle: "out" } });
    expect(new PinStore("a", storage).load()).toEqual({ n: { handle: "out" } });
    expect(new PinStore("b", storage).load()).toEqual({});
    kept.set("wayline.pins.a", '{"n": 3, "m": {"handle": "x"}}');
    expect(new PinStore("a", storage).load()).toEqual({ m: { handle: "x" } });
    kept.set("wayline.pins.a", "{");
    expect(new PinStore("a", storage).load()).toEqual({});
    new PinStore("a", storage).save({});
    expect(kept.size).toBe(0);
  });
});

describe("a sample of the template", () => {
  const greta: Sample = {
    id: "template-1", origin: "template", title: "Greta", at: null, fits: null,
    customer: { id: "greta", email: "greta@example.com", attributes: {}, consent: { email: false }, segments: ["quiet"] },
    event: { name: "a", properties: {} },
    way: { node: "large", handle: "yes" },
    pins: { large: { handle: "yes" }, other: { handle: "out" } },
  };

  test("is named by where it goes, as the draft calls it now", () => {
    expect(sampleText(greta, doc, types)).toBe("Greta: Ask → yes");
    expect(sampleText({ ...greta, way: { node: "mail", handle: "out" } }, doc, types)).toBe("Greta: Send");
    expect(sampleText({ ...greta, way: { node: "gone", handle: "out" } }, doc, types)).toBe("Greta");
  });

  test("keeps what the customer agreed to apart from what is known of them", () => {
    expect(givenBy(greta).customer).toEqual({
      id: "greta", email: "greta@example.com", consent: { email: false }, segments: ["quiet"], attributes: {},
    });
  });

  test("brings its pins, takes the last one's away, and leaves those that a person has set", () => {
    const mine = { other: { handle: "failed" } };
    const held = withSample(mine, greta.pins);
    expect(held).toEqual({ large: { handle: "yes", sample: true }, other: { handle: "failed" } });
    expect(sent(held)).toEqual({ large: { handle: "yes" }, other: { handle: "failed" } });
    expect(withSample(held)).toEqual(mine);
  });
});

describe("another way for a pinned answer", () => {
  const examples = [{ title: "", config: {}, result: { handle: "out", output: { name: "paid" } } }];
  const type = { ...[...types.values()][0], examples } as unknown as NodeType;

  test("names it in the output, takes that of an example, or leaves what a person wrote", () => {
    const sorted = { handle: "project", output: { label: "project", sure: 1 } };
    expect(byWay(sorted, "complaint", type)).toEqual({ handle: "complaint", output: { label: "complaint", sure: 1 } });
    expect(byWay({ handle: "timed_out", output: {} }, "out", type)).toEqual({ handle: "out", output: { name: "paid" } });
    expect(byWay({ handle: "timed_out", output: { mine: 1 }, own: true }, "out", type).output).toEqual({ mine: 1 });
    expect(sent({ a: { handle: "out", own: true } })).toEqual({ a: { handle: "out" } });
  });
});

describe("where people leave", () => {
  const counts = {
    version: 3,
    nodes: {
      came: { in: 10, waiting: 0, handles: { out: 10 } },
      large: { in: 10, waiting: 2, handles: { yes: 6, no: 2 } },
      mail: { in: 6, waiting: 4, handles: { out: 1 } },
      gone: { in: 3, waiting: 0, handles: {} },
    },
    left: { mail: { out: 1, "": 1 }, gone: { "": 3 } },
  };

  test("the most come first, and only places of the document count", () => {
    expect(leavings(doc, counts)).toEqual([
      { node: "mail", handle: "out", count: 1, of: 6 },
      { node: "mail", handle: "", count: 1, of: 6 },
    ]);
  });

  test("warmth is the share of the fullest node and line, and the sums are those of the nodes shown", () => {
    const found = warmth(doc, counts, (waiting, came, left) => `${waiting}/${came}/${left}`);
    expect(found.layer.nodes.get("mail")).toEqual({ heat: 1, says: "4/6/2" });
    expect(found.layer.nodes.get("large")?.heat).toBe(0.5);
    expect([...(found.layer.lines?.values() ?? [])].map((line) => line.share)).toEqual([1, 0.6, 0.2]);
    expect([found.waiting, found.went, found.allWaiting, found.allLeft]).toEqual([4, 10, 6, 2]);
  });

  test("nobody anywhere is no division by nothing", () => {
    const found = warmth(doc, { version: null, nodes: {} }, () => "");
    expect(found.layer.nodes.get("mail")?.heat).toBe(0);
    expect([...(found.layer.lines?.values() ?? [])].every((line) => line.share === 0)).toBe(true);
  });
});

test("a time is told by its two largest units, in the language in use", async () => {
  expect([longText(0.2), longText(90), longText(3 * 86_400 + 3_600 + 5)]).toEqual(["at once", "1 minute 30 seconds", "3 days 1 hour"]);
  await speak("de");
  expect(longText(3 * 86_400)).toBe("3 Tage");
  await speak("en");
});
