/** The catalogue of words: complete, well-formed, and the only place where words stand. */

import { afterEach, describe, expect, test } from "bun:test";
import { Glob } from "bun";

import { preferred, speak, t, language, type Key, type Text } from "../../builder/canvas/words";
import { DE } from "../../builder/canvas/words/de";
import { EN } from "../../builder/canvas/words/en";
import { agoText, dateBy, dateText, listText, numberText, percentText, timeText, weekdayText } from "../../builder/canvas/words/formats";
import { literals } from "./literals";

const keys = Object.keys(EN) as Key[];
const forms = (text: Text): string[] => (typeof text === "string" ? [text] : [text.one, text.other]);
const values = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();

afterEach(async () => {
  await speak("en");
});

describe("the catalogue", () => {
  test("has the same keys in every language", () => {
    expect(Object.keys(DE).sort()).toEqual([...keys].sort());
  });

  test("has no empty text, and none that begins or ends with a blank by accident", () => {
    for (const words of [EN, DE]) {
      for (const key of keys) for (const form of forms(words[key])) expect([key, form.length > 0]).toEqual([key, true]);
    }
  });

  test.each(keys)("%s uses the same values in German", (key) => {
    const known = new Set(forms(EN[key]).flatMap(values));
    for (const form of forms(DE[key])) {
      for (const name of values(form)) expect(known).toContain(name);
    }
    expect(new Set(forms(DE[key]).flatMap(values))).toEqual(known);
  });

  test("German quotes and dashes stand in German", () => {
    for (const key of keys) {
      for (const form of forms(DE[key])) expect([key, /[“][^”„]*”/.test(form)]).toEqual([key, false]);
    }
  });
});

describe("speaking", () => {
  test("numbers choose their form and are written as the language writes them", async () => {
    expect(t("inspector.selected", { count: 1 })).toBe("1 node is selected");
    expect(t("inspector.selected", { count: 1200 })).toBe("1,200 nodes are selected");
    await speak("de");
    expect(t("inspector.selected", { count: 1200 })).toBe("1.200 Knoten sind ausgewählt");
  });

  test("a value that is missing stays visible instead of breaking the sentence", () => {
    expect(t("inspector.disconnect", {})).toBe("Disconnect {name}");
  });

  test("the language is the one chosen before, else the browser's, else English", () => {
    const stored = (code: string | null) => ({ getItem: () => code });
    expect(preferred(stored("de"), ["en-GB"])).toBe("de");
    expect(preferred(stored(null), ["fr", "de-AT", "en"])).toBe("de");
    expect(preferred(stored("xx"), ["fr"])).toBe("en");
    expect(preferred(null, [])).toBe("en");
    expect(preferred(stored("en"), ["en-GB"], "a=b; wayline_language=de")).toBe("de");
    expect(preferred(stored("de"), [], "wayline_language=__proto__; x_wayline_language=en")).toBe("de");
  });

  test("a choice is kept, and the last of two quick ones wins", async () => {
    const kept: string[] = [];
    const keep = (code: string) => void kept.push(code);
    const [first, second] = await Promise.all([speak("de", keep), speak("en", keep)]);
    expect([first, second]).toEqual([false, true]);
    expect(language.get().code).toBe("en");
    expect(kept).toEqual(["en"]);
  });

  test("dates, lists and shares are written by the language", async () => {
    const day = new Date(2026, 10, 12, 14, 2);
    expect([dateText(day), timeText(day)]).toEqual(["12 November 2026", "14:02"]);
    expect(listText(["a", "b", "c"])).toBe("a, b and c");
    expect([weekdayText(0), weekdayText(6)]).toEqual(["Sunday", "Saturday"]);
    expect(agoText(0, 3 * 3_600_000)).toBe("3 hours ago");
    await speak("de");
    expect([dateText(day), timeText(day)]).toEqual(["12. November 2026", "14:02"]);
    expect(listText(["a", "b", "c"], "or")).toBe("a, b oder c");
    expect([numberText(1234.5), percentText(0.12)]).toEqual(["1.234,5", "12\u00a0%"]);
    expect(weekdayText(1)).toBe("Montag");
    expect(agoText(0, 86_400_000)).toBe("gestern");
    expect([dateText("never"), timeText("never")]).toEqual(["never", "never"]);
  });

  test.each(["en", "de"] as const)("a time of day is written as Intl does in %s", async (code) => {
    await speak(code);
    const options = { hour: "2-digit", minute: "2-digit", hour12: false } as const;
    for (let minute = 0; minute < 24 * 60; minute += 7) {
      const at = new Date(2026, 2, 28, 0, minute);
      expect(timeText(at)).toBe(dateBy(at, options));
    }
  });
});

/** What is still written outside of the catalogue, by file. This list only gets shorter. */
const NOT_YET: { readonly [file: string]: number } = {
  "form/condition_parts.tsx": 1, // "pro, team": values as they stand in a condition
  "model/groups.ts": 2, // refusals of operations that no view offers
  "model/ops.ts": 5, // the same
};

describe("numbers", () => {
  test.each([["en", "en-GB"], ["de", "de-DE"]] as const)("are counted and written in %s as Intl does", async (code, locale) => {
    await speak(code);
    for (const count of [0, 1, 2, 1.5, 11, 101, 999, 1_000, 1_001, 1_234_567.8]) {
      const form = new Intl.PluralRules(locale).select(count) === "one" ? "one" : "other";
      const text = (code === "de" ? DE : EN)["adding.waiting"] as { one: string; other: string };
      const said = text[form].replace("{count}", new Intl.NumberFormat(locale).format(count));
      expect(t("adding.waiting", { count })).toBe(said);
    }
    for (const parts of [[], ["a"], ["a", "b"], ["a", "b", "c"]]) {
      expect(listText(parts)).toBe(new Intl.ListFormat(locale, { type: "conjunction" }).format(parts));
    }
  });
});

describe("words outside of the catalogue", () => {
  test("the scan finds what a person would read, and nothing else", () => {
    const found = literals(`
      const a = <p className="wj-x" title="Try it">Save this {n} now</p>;
      const b = <input placeholder={x ? "Your name" : undefined} aria-label={\`Name of \${n}\`} />;
      store.set({ message: "Deleted. Ctrl Z brings it back." });
      const c: Map<string, number> = new Map(); if (a > 1 && b < 2) { go(); }
      const d = <kbd>Ctrl Z</kbd>; // Not this one
    `);
    expect(found).toEqual([
      "Try it", "Save this", "now", "Your name", "Name of {}", "Deleted. Ctrl Z brings it back.",
    ]);
  });

  test("stand nowhere", async () => {
    const root = new URL("../../builder/canvas/", import.meta.url).pathname;
    const found: { [file: string]: string[] } = {};
    for await (const file of new Glob("**/*.{ts,tsx}").scan(root)) {
      if (file.startsWith("words/")) continue;
      const words = literals(await Bun.file(root + file).text());
      if (words.length > (NOT_YET[file] ?? 0)) found[file] = words;
    }
    expect(found).toEqual({});
  });
});
