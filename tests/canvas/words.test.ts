import { describe, expect, test } from "bun:test";

import { conditionWords, fresh, kindOf, readValue, showValue, withOperator } from "../../builder/canvas/model/conditions";
import { asAmount, durationWords, fromAmount, parseDuration } from "../../builder/canvas/model/durations";
import { asPreset, fromPreset, scheduleWords, withRhythm } from "../../builder/canvas/model/schedule";
import { plainText, sentenceOf, titleOf } from "../../builder/canvas/model/sentences";
import { speak } from "../../builder/canvas/words";
import { TYPES, labels, node } from "./fixtures";

describe("durations", () => {
  test.each([
    ["P3D", "3 days"],
    ["PT1H", "1 hour"],
    ["P1DT12H", "1 day and 12 hours"],
    ["P1M2DT3H", "1 month, 2 days and 3 hours"],
    ["-P1D", "1 day"],
    ["PT0S", "no time"],
  ])("%s is said as %s", (text, words) => {
    expect(durationWords(text)).toBe(words);
  });

  test.each(["P", "PT", "3D", "P1H", "P1.5D", "p1d", "", "P-1D"])("%p is no duration", (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  test("an amount with a unit is written and read back", () => {
    for (const unit of ["minutes", "hours", "days", "weeks", "months"] as const) {
      for (const negative of [false, true]) {
        expect(asAmount(fromAmount(12, unit, negative))).toEqual({ amount: 12, unit, negative });
      }
    }
    expect(asAmount("P1DT1H")).toBeNull();
  });
});

describe("schedules", () => {
  test.each([
    ["0 9 * * *", "every day at 09:00"],
    ["30 7 * * 1-5", "Monday to Friday at 07:30"],
    ["0 9 * * 1", "every Monday at 09:00"],
    ["0 9 * * sun", "every Sunday at 09:00"],
    ["15 18 3 * *", "on day 3 of each month at 18:15"],
    ["0 * * * *", "every hour"],
    ["*/5 * * * *", "*/5 * * * *"],
  ])("%s is said as %s", (cron, words) => {
    expect(scheduleWords(cron)).toBe(words);
  });

  test("a preset is written and read back under every rhythm", () => {
    const start = asPreset("30 7 * * *");
    if (!start) throw new Error("This is a preset.");
    for (const rhythm of ["hour", "day", "weekday", "week", "month"] as const) {
      const next = withRhythm(start, rhythm);
      expect(asPreset(fromPreset(next))).toEqual(next);
    }
  });

  test.each(["", "* * * *", "61 9 * * *", "0 24 * * *", "0 9 1 1 *", "0 9 1 * 1"])("%p is no preset", (cron) => {
    expect(asPreset(cron)).toBeNull();
  });
});

describe("conditions", () => {
  const plan = { field: "customer.plan", op: "eq", value: "pro" };
  test.each([
    [plan, "plan is pro"],
    [{ all: [plan, { field: "event.properties.budget", op: "gt", value: 10_000 }] }, "plan is pro and budget is more than 10,000"],
    [{ any: [plan, { all: [plan, plan] }] }, "plan is pro or (plan is pro and plan is pro)"],
    [{ not: plan }, "it is not true that plan is pro"],
    [{ not: { any: [plan, plan] } }, "it is not true that (plan is pro or plan is pro)"],
    [{ field: "customer.phone", op: "missing" }, "phone is not known"],
    [{ field: "customer.seen_at", op: "within_last", value: "P7D" }, "seen at is within the last 7 days"],
    [{ field: "steps.sort.label", op: "in", value: ["a", "b"] }, "label of sort is one of a, b"],
    [{ field: "customer.a", op: "eq", value: { field: "event.properties.b_c" } }, "a is b c"],
    [{ did: "order.completed", at_least: 2, within: "P90D" }, "they did order.completed at least 2 times in the last 90 days"],
    [{ not: { did: "reply.received", within: "P3D" } }, "they have not done reply.received in the last 3 days"],
    [{ did: "a", where: { field: "event.properties.b_c", op: "eq", value: true } }, "they did a where b c is yes"],
    [{ field: "customer.since", op: "before", value: "2026-03-01" }, "since is before 1 Mar 2026"],
    [{ in_segment: "vip" }, "they are in vip"],
    [{ not: { in_segment: "vip" } }, "they are not in vip"],
    [{ all: [] }, "always"],
  ])("%j reads as a sentence", (condition, words) => {
    expect(conditionWords(condition)).toBe(words);
  });

  test("an unknown form stays empty and breaks nothing", () => {
    expect(conditionWords({ xor: [] })).toBe("");
    expect(kindOf(undefined)).toBe("unknown");
  });

  test("what is typed becomes JSON and comes back as it was typed", () => {
    for (const [typed, value] of [["10", 10], ["-0.5", -0.5], ["true", true], ["pro", "pro"], ['"10"', "10"], ["007", "007"]] as const) {
      expect(readValue(typed)).toBe(value);
      expect(showValue(value)).toBe(typed);
    }
  });

  test("another operator brings a value that suits it, and keeps one that does", () => {
    const row = fresh("field");
    expect(withOperator(row, "missing")).toEqual({ field: "", op: "missing" });
    expect(withOperator({ ...row, value: 3 }, "gt")).toEqual({ field: "", op: "gt", value: 3 });
    expect(withOperator(row, "in")).toEqual({ field: "", op: "in", value: [] });
    expect(withOperator(row, "within_last").value).toBe("P7D");
  });
});

describe("sentences", () => {
  const type = TYPES.get("t.sort");
  test("the first sentence that is complete is taken", () => {
    expect(sentenceOf(node("s", "t.sort", labels("a", "b")), type)).toBe("Picks one of 2 labels");
    expect(sentenceOf(node("s", "t.sort"), type)).toBe("Has no labels");
  });

  test("a type without a fitting sentence is said by its summary", () => {
    expect(sentenceOf(node("a"), TYPES.get("t.plain"))).toBe("Does t.plain");
  });

  test("a node that is off says so, and an unknown one too", () => {
    expect(sentenceOf({ ...node("a"), disabled: true }, TYPES.get("t.plain"))).toContain("Off");
    expect(sentenceOf(node("a", "x.y"), undefined)).toContain("x.y");
    expect(titleOf(node("a", "x.y"), undefined)).toBe("x.y");
  });

  test("a node that is off says so in the reader's language", async () => {
    await speak("de");
    try {
      expect(sentenceOf({ ...node("a"), disabled: true }, TYPES.get("t.plain"))).toBe("Aus. Kunden gehen einfach weiter");
    } finally {
      await speak("en");
    }
  });

  test("every filter and a default of the schema stand in a sentence", () => {
    const made = {
      ...(type as NonNullable<typeof type>),
      sentences: ["{mode}, {when|schedule}, {for|duration}, {if|condition}, {text|text}, {deep.name}, {names|names}"],
      config_schema: { properties: { mode: { default: "all", "x-field": { kind: "choice", options: { all: "everyone" } } } } },
    };
    const config = {
      when: "0 9 * * *", for: "P1D", if: { field: "customer.a", op: "exists" },
      text: "Hi {{ customer.first_name | default: 'x' }}!", deep: { name: "n" }, names: { one: 1, two: 2 },
    };
    expect(sentenceOf({ ...node("a", "t.sort"), config }, made)).toBe(
      "Everyone, every day at 09:00, 1 day, a is known, Hi first name!, n, one, two",
    );
  });

  test("Liquid is shown as plain words", () => {
    expect(plainText("{% if a %}Hello{% endif %} {{ event.properties.kind_of }}")).toBe("Hello kind of");
    expect(plainText("<b>Hi</b> {{ 'you' }}")).toBe("Hi you");
    for (const start of ["{{" + " ".repeat(20_000), "{{|".repeat(20_000), "{%".repeat(20_000), "<".repeat(20_000)]) {
      expect(plainText(start).slice(0, 1)).toBe(start.slice(0, 1));
    }
  });
});
