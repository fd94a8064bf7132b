/** Where a text stops being JSON, for bodies that are meant to be. */

import { t, type Key } from "../words";
import type { TextProblem } from "./liquid";

/** Whether the text is meant as JSON: it begins like an object or a list, and not like Liquid. */
export function meansJson(text: string): boolean {
  return /^\s*(\[|\{(?![{%]))/.test(text);
}

/** The first place that is no JSON; null when all is well. */
export function jsonProblem(text: string): TextProblem | null {
  const reader = new Reader(text);
  try {
    reader.value();
    reader.space();
    if (reader.at < text.length) reader.fail("texts.jsonEnd");
    return null;
  } catch (problem) {
    if (!(problem instanceof Stopped)) throw problem;
    return problem.found;
  }
}

class Stopped extends Error {
  constructor(readonly found: TextProblem) {
    super(found.message);
  }
}

const DEEPEST = 200;

class Reader {
  at = 0;
  private depth = 0;

  constructor(private readonly text: string) {}

  fail(key: Key, from = this.at, insert?: string): never {
    const to = Math.min(this.text.length, Math.max(from + 1, this.at));
    const fix = insert === undefined ? {} : { fix: { label: t("texts.add", { text: insert }), from, to: from, insert } };
    const start = from >= this.text.length ? Math.max(0, this.text.length - 1) : from;
    throw new Stopped({ from: start, to: Math.max(to, start + 1), message: t(key), severity: "error", ...fix });
  }

  space(): void {
    while (/\s/.test(this.text[this.at] ?? "")) this.at++;
  }

  value(): void {
    this.space();
    const next = this.text[this.at];
    if (/^\{[{%]/.test(this.text.slice(this.at, this.at + 2))) this.liquid();
    else if (next === "{") this.items("}", () => this.pair());
    else if (next === "[") this.items("]", () => this.value());
    else if (next === '"') this.string();
    else this.word();
  }

  private liquid(): never {
    const from = this.at;
    const end = this.text.slice(from).search(/[%}]\}/);
    this.at = end < 0 ? this.text.length : from + end + 2;
    this.fail("texts.jsonLiquid", from);
  }

  private items(end: "}" | "]", one: () => void): void {
    if (++this.depth > DEEPEST) this.fail("texts.jsonDeep");
    this.at++;
    this.space();
    if (this.text[this.at] !== end) {
      for (;;) {
        one();
        const after = this.at;
        this.space();
        if (this.text[this.at] === end) break;
        if (this.at >= this.text.length) this.fail(end === "}" ? "texts.jsonBrace" : "texts.jsonBracket", this.at, end);
        if (this.text[this.at] !== ",") this.fail("texts.jsonComma", after, ",");
        this.at++;
        this.space();
        if (this.text[this.at] === end) this.fail("texts.jsonLastComma");
      }
    }
    this.at++;
    this.depth--;
  }

  private pair(): void {
    this.space();
    if (this.text[this.at] !== '"') this.fail("texts.jsonName");
    this.string();
    this.space();
    if (this.text[this.at] !== ":") this.fail("texts.jsonColon", this.at, ":");
    this.at++;
    this.value();
  }

  private string(): void {
    const from = this.at;
    const whole = /"(?:[^"\\\n]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
    whole.lastIndex = from;
    const found = whole.exec(this.text);
    if (!found) {
      const line = this.text.indexOf("\n", from);
      this.at = line < 0 ? this.text.length : line;
      this.fail("texts.jsonQuote", from);
    }
    this.at += found[0].length;
  }

  private word(): void {
    const from = this.at;
    while (/[^\s,:\]}]/.test(this.text[this.at] ?? "")) this.at++;
    const word = this.text.slice(from, this.at);
    if (word === "") this.fail("texts.jsonValue", from);
    if (/^(true|false|null|-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?)$/.test(word)) return;
    this.fail("texts.jsonWord", from);
  }
}
