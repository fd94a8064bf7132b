import { beforeAll, describe, expect, test } from "bun:test";

import type { VariableGroup } from "../../builder/canvas/model/variables";
import { offersAt } from "../../builder/canvas/texts/complete";
import { jsonProblem, meansJson } from "../../builder/canvas/texts/json";
import { nearest } from "../../builder/canvas/texts/known";
import { chipWords, fixed, localProblems, merged, pieces, type TextProblem } from "../../builder/canvas/texts/liquid";
import { blockEnd, htmlFrom, mailHints, PIECES, snippet, wordCount } from "../../builder/canvas/texts/mail";
import { speak } from "../../builder/canvas/words";

const item = (path: string, label: string, ...samples: string[]) => ({ path, label, kind: "text" as const, samples });
const GROUPS: VariableGroup[] = [
  { title: "Customer", items: [item("customer.first_name", "first name", "Maya"), item("customer.email", "email")] },
  { title: "Event", items: [item("event.properties.budget", "budget", "12000")] },
  { title: "Draft a reply", items: [item("steps.draft.text", "text")] },
];

beforeAll(async () => speak("en"));

/** The text with its cursor at "^". */
function at(marked: string): [string, number] {
  return [marked.replace("^", ""), marked.indexOf("^")];
}

function offered(marked: string, asked = false): string[] {
  const [text, cursor] = at(marked);
  return offersAt(text, cursor, GROUPS, asked)?.offers.map((one) => one.label) ?? [];
}

/** The text after the first offer was taken. */
function taken(marked: string, asked = false): string {
  const [text, cursor] = at(marked);
  const found = offersAt(text, cursor, GROUPS, asked);
  const first = found?.offers[0];
  return found && first ? text.slice(0, found.from) + first.apply + text.slice(found.to) : text;
}

describe("pieces", () => {
  test("are outputs and tags; a raw block is left alone, and what is open ends with its line", () => {
    const text = "a {{ b }} {% if c %}{% raw %}{{ d }}{% endraw %} {{ e\nf";
    expect(pieces(text).map((piece) => [text.slice(piece.from, piece.to), piece.kind, piece.closed])).toEqual([
      ["{{ b }}", "output", true],
      ["{% if c %}", "tag", true],
      ["{% raw %}", "tag", true],
      ["{{ e", "output", false],
    ]);
  });
});

describe("chips", () => {
  test.each([
    [" customer.first_name ", "first name"],
    [" customer.first_name | default: 'there' ", "first name, or “there”"],
    [' customer.first_name | default: "a | b" ', "first name, or “a | b”"],
    ["- customer.email | default: customer.first_name -", "email, or first name"],
    [" steps.draft.text ", "text of Draft a reply"],
    [" event.at | date: '%d.%m.' ", "at as a date"],
    [" customer.town | upcase | default: 'x' ", "town (upcase), or “x”"],
    [" 'Hello' ", "Hello"],
  ])("%s says %s", (inner, words) => {
    expect(chipWords(inner, GROUPS)).toBe(words);
  });

  test.each([" a == b ", " customer.items[0] ", "", " 'open ", " a b "])("%p stays Liquid", (inner) => {
    expect(chipWords(inner, GROUPS)).toBeNull();
  });

  test("speak German", async () => {
    await speak("de");
    expect(chipWords(" customer.first_name | default: 'Sie' ", GROUPS)).toBe("first name, sonst „Sie“");
    await speak("en");
  });
});

describe("completion", () => {
  test("offers values by their path and by their name, what begins so first", () => {
    expect(offered("Hi {{ ^")).toEqual(["first name", "email", "budget", "text of Draft a reply"]);
    expect(offered("Hi {{ cust^")).toEqual(["first name", "email"]);
    expect(offered("Hi {{ name^ }}")).toEqual(["first name"]);
    expect(offered("Hi {{ bud^ }}")).toEqual(["budget"]);
    expect(offered("Hi {{ nothing^ }}")).toEqual([]);
  });

  test("takes over the whole name and closes what is open", () => {
    expect(taken("Hi {{cust^")).toBe("Hi {{ customer.first_name }}");
    expect(taken("Hi {{ fir^st.x }}!")).toBe("Hi {{ fir^st.x }}!".replace("fir^st.x", "customer.first_name"));
    expect(taken("{% if bud^")).toBe("{% if event.properties.budget");
  });

  test("offers filters behind the stroke, the common ones first, and tags behind the percent sign", () => {
    expect(offered("{{ a | ^ }}").slice(0, 2)).toEqual(["default: 'there'", "date: '%d.%m.%Y'"]);
    expect(offered("{{ a | up^ }}")).toEqual(["upcase"]);
    expect(offered("{% un^")).toEqual(["unless"]);
    expect(taken("{% un^")).toBe("{% unless %}");
  });

  test("keeps quiet in text and in quotes, unless it is asked", () => {
    expect(offered("Hello cust^")).toEqual([]);
    expect(offered("{{ a | default: 'cust^' }}")).toEqual([]);
    expect(taken("Hello ^", true)).toBe("Hello {{ customer.first_name }}");
  });

  test("shows a value that was seen", () => {
    expect(offersAt("{{ ", 3, GROUPS, false)?.offers[0]).toMatchObject({ sample: "Maya", path: "customer.first_name", group: "Customer" });
  });
});

describe("the guess at what is wrong", () => {
  const repaired = (text: string) => localProblems(text, GROUPS).reduceRight((now, one) => (one.fix ? fixed(now, one.fix) : now), text);

  test.each([
    ["Hi {{ customer.email", "Hi {{ customer.email }}"],
    ["{{ customer.frist_name }}", "{{ customer.first_name }}"],
    ["{{ customer.email | upcas }}", "{{ customer.email | upcase }}"],
    ["{% unles a %}", "{% unless a %}"],
    ["{{ event.properties.bugdet | rond }}", "{{ event.properties.budget | round }}"],
  ])("%s becomes %s", (text, right) => {
    expect(repaired(text)).toBe(right);
    expect(localProblems(right, GROUPS)).toEqual([]);
  });

  test.each([
    "{{ customer.something_else }}",
    "{{ 'customer.frist_name | upcas' }}",
    "{% raw %}{{ a | b }}{% endraw %}",
    "{{ event.properties }}",
    "{{ event.properties.budget.cents }}",
    "no braces } at all {",
  ])("%s is left alone", (text) => {
    expect(localProblems(text, GROUPS)).toEqual([]);
  });

  test("gives way to the parser, but for slips in names that it does not know of", () => {
    const one = (from: number, to: number, severity: "error" | "warning"): TextProblem => ({ from, to, severity, message: `${from}` });
    const told = [one(0, 5, "error")];
    const guessed = [one(0, 5, "error"), one(2, 4, "warning"), one(8, 9, "warning")];
    expect(merged(told, guessed).map((p) => p.from)).toEqual([0, 8]);
  });

  test("the nearest name is near", () => {
    expect(nearest("frist_name", ["last_name", "first_name"])).toBe("first_name");
    expect(nearest("plan", ["budget", "email"])).toBeNull();
  });
});

describe("JSON", () => {
  test.each(['{"a": 1}', "[]", ' {"a": ["{{ b }}", true, null, -1.5e3, {"c": {}}]} '])("%s is JSON", (text) => {
    expect(meansJson(text)).toBe(true);
    expect(jsonProblem(text)).toBeNull();
    expect(() => JSON.parse(text)).not.toThrow();
  });

  test.each([
    ['{"a": 1', '{"a": 1}'],
    ['{"a" 1}', '{"a": 1}'],
    ['{"a": 1 "b": 2}', '{"a": 1, "b": 2}'],
    ["[1, 2", "[1, 2]"],
  ])("%s is mended", (text, right) => {
    const fix = jsonProblem(text)?.fix;
    expect(fix).toBeDefined();
    expect(JSON.parse(fix ? fixed(text, fix) : text)).toEqual(JSON.parse(right));
  });

  test.each([
    ['{"a": {{ b }}}', "{{", "stands in quotation marks"],
    ['{"a": tru}', "tru", "no JSON value"],
    ['{"a": 1,}', "}", "remove the comma"],
    ["{a: 1}", "a", "name in quotation marks"],
    ['{"a": "b\nc"}', '"b', "not closed"],
    ['{"a": 1} x', "x", "over before this"],
    ['{"a": }', "}", "value is missing"],
    ["[1 2]", " ", "comma"],
  ])("%s is wrong at %s", (text, place, words) => {
    const found = jsonProblem(text);
    expect(found?.message).toContain(words);
    expect(text.slice(found?.from, found?.to).startsWith(place)).toBe(true);
    expect(() => JSON.parse(text)).toThrow();
  });

  test("what begins with Liquid is a text", () => {
    expect(meansJson("{{ a }}")).toBe(false);
    expect(meansJson("{% if a %}")).toBe(false);
    expect(meansJson("Hello")).toBe(false);
  });

  test("depth without end is told, not followed", () => {
    expect(jsonProblem("[".repeat(100_000))?.message).toContain("nested too deeply");
  });
});

describe("an email", () => {
  const mail = (text: string, html: string | null = null, subject = "Hello") => ({ sender: null, to: "a@b.c", subject, text, html });
  const keys = (text: string, html: string | null = null, subject = "Hello") => mailHints(mail(text, html, subject), false).map((one) => one.key);

  test.each([
    ["https://example.com/a?b=c.", []],
    ["See http:/example.com", ["texts.linkBroken"]],
    ["https://exa mple", ["texts.linkBroken"]],
    ["http://localhost:8000/x", ["texts.linkLocal"]],
    ["https://⟨Draft: link⟩", []],
  ] as [string, string[]][])("the links of %s", (text, wrong) => {
    expect(keys(text)).toEqual(wrong as never[]);
  });

  test.each([
    ['<a href="https://example.com">x</a>', []],
    ["<a href='#'>x</a>", ["texts.linkEmpty"]],
    ["<a>x</a>", ["texts.linkEmpty"]],
    ["<a href=example.com>x</a>", ["texts.linkScheme"]],
    ['<a href="mailto:a@b.c">x</a>', []],
    ['<a href="⟨Draft: link⟩">x</a>', []],
    ['<img src="https://example.com/a.png">', ["texts.imageWords"]],
    ['<img src="a.png" alt="A chair">', ["texts.imagePlace"]],
  ] as [string, string[]][])("the links and images of %s", (html, wrong) => {
    expect(keys("Hi", html)).toEqual(wrong as never[]);
  });

  test("a long subject, a long message and no way to stop are told", () => {
    expect(keys("Hi", null, "x".repeat(71))).toEqual(["texts.subjectLong"]);
    expect(keys("Hi", "x".repeat(100_001))).toEqual(["texts.clipped"]);
    expect(mailHints(mail("Hi"), true).map((one) => one.key)).toEqual(["texts.noStop"]);
    expect(mailHints(mail("Hi", "<a href='https://a.example/stop'>Unsubscribe</a>"), true)).toEqual([]);
    expect(mailHints(mail("Zum Abmelden antworten Sie einfach."), true)).toEqual([]);
  });

  test("words are counted as people count them", () => {
    expect(wordCount("Hello Maya, it’s 3.5 o'clock — très bien! ")).toBe(7);
    expect(wordCount("")).toBe(0);
  });

  test("every piece is well-formed and selects what is to be typed over", () => {
    for (const piece of PIECES) {
      for (const html of [true, false]) {
        const { text, select } = snippet(piece.name, html, "", "Sample");
        expect(select[0]).toBeLessThanOrEqual(select[1]);
        expect(select[1]).toBeLessThanOrEqual(text.length);
        const opened = (text.match(/<(h2|p|a|ul|li)\b/g) ?? []).length;
        expect((text.match(/<\/(h2|p|a|ul|li)>/g) ?? []).length).toBe(opened);
        expect(text.endsWith("\n")).toBe(true);
      }
    }
    expect(snippet("list", true, "a\nb", "").text).toBe("<ul>\n  <li>a</li>\n  <li>b</li>\n</ul>\n");
    expect(snippet("image", true, 'A "chair"', "").text).toContain('alt="A &quot;chair&quot;"');
  });

  test.each([
    ["a^b\nc", "ab", false],
    ["<p>a^<br>\nb</p>\n<p>c</p>", "<p>a<br>\nb</p>", true],
    ["<p>a</p>^\n<p>b</p>", "<p>a</p>", true],
    ["<ul>\n  <li>a^</li>\n</ul>\nb", "<ul>\n  <li>a</li>\n</ul>", true],
    ["^\n<p>b</p>", "", true],
    ["x^ y\n<p>b</p>", "x y", true],
    ["<p>never closed^\nb", "<p>never closed\nb", true],
    ["<table><tr><td>^\n<p>b</p>\n</td></tr></table>\nc", "<table><tr><td>\n<p>b</p>\n</td></tr></table>", true],
  ] as [string, string, boolean][])("a piece put in at %s stands below %s", (marked, before, html) => {
    const [text, cursor] = at(marked);
    expect(text.slice(0, blockEnd(text, cursor, html))).toBe(before);
  });

  test("a plain text becomes HTML, with its Liquid as it is", () => {
    const text = "Hello {{ customer.first_name | default: 'you & me' }} & co\nlook: https://a.example/b?c=1&d=2.\n\n- one\n- two\n\nTitle\n=====\n\n---";
    expect(htmlFrom(text)).toBe(
      "<p>Hello {{ customer.first_name | default: 'you & me' }} &amp; co<br>\n" +
        'look: <a href="https://a.example/b?c=1&amp;d=2">https://a.example/b?c=1&amp;d=2</a>.</p>\n' +
        "<ul>\n  <li>one</li>\n  <li>two</li>\n</ul>\n<h2>Title</h2>\n<hr>",
    );
  });
});
