/** Liquid as the editor reads it while somebody types: pieces, words for them, likely mistakes. */

import { variableWords } from "../model/sentences";
import type { VariableGroup } from "../model/variables";
import { t } from "../words";
import { FILTERS, INNER_TAGS, nearest, TAGS } from "./known";

export interface Piece {
  from: number;
  to: number;
  kind: "output" | "tag";
  /** What stands between the braces. */
  inner: string;
  closed: boolean;
}

export interface Fix {
  label: string;
  from: number;
  to: number;
  insert: string;
}

export interface TextProblem {
  from: number;
  to: number;
  message: string;
  severity: "error" | "warning";
  fix?: Fix;
}

/** Everything between braces, in order. What is not closed goes to the end of its line. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  const opening = /\{\{|\{%/g;
  for (let match = opening.exec(text); match; match = opening.exec(text)) {
    const from = match.index;
    const output = match[0] === "{{";
    const end = text.indexOf(output ? "}}" : "%}", from + 2);
    const line = text.indexOf("\n", from);
    const to = end >= 0 ? end + 2 : line >= 0 ? line : text.length;
    const inner = text.slice(from + 2, end >= 0 ? end : to);
    found.push({ from, to, kind: output ? "output" : "tag", inner, closed: end >= 0 });
    opening.lastIndex = to;
    if (!output && end >= 0 && /^-?\s*raw\b/.test(inner)) {
      const raw = /\{%-?\s*endraw\s*-?%\}/g;
      raw.lastIndex = to;
      opening.lastIndex = raw.exec(text) ? raw.lastIndex : text.length;
    }
  }
  return found;
}

const QUOTED = `"[^"]*"|'[^']*'`;
const OUTPUT = new RegExp(`^([A-Za-z_][\\w.-]*|${QUOTED})\\s*((?:\\|(?:${QUOTED}|[^|'"])*)*)$`);
const FILTER = new RegExp(`\\|\\s*(\\w+)\\s*(?::\\s*((?:${QUOTED}|[^|'"])*))?`, "g");

/** A path as people say it: "first name", "text of Draft a reply". */
export function pathWords(path: string, groups: readonly VariableGroup[]): string {
  for (const group of groups) {
    const item = group.items.find((one) => one.path === path);
    if (item) return path.startsWith("steps.") ? t("texts.of", { name: item.label, step: group.title }) : item.label;
  }
  return variableWords(path);
}

/** An output as people say it: "first name, or “there”"; null when it takes Liquid to say it. */
export function chipWords(inner: string, groups: readonly VariableGroup[]): string | null {
  const found = OUTPUT.exec(inner.replace(/^-/, "").replace(/-$/, "").trim());
  if (!found) return null;
  let words = pathWords(found[1] ?? "", groups);
  for (const [, name = "", given = ""] of (found[2] ?? "").matchAll(FILTER)) {
    const value = given.trim();
    const quoted = /^(["'])(.*)\1$/.exec(value);
    if (name === "default") words = t("texts.or", { name: words, other: quoted ? t("texts.quoted", { text: quoted[2] ?? "" }) : pathWords(value, groups) });
    else if (name === "date") words = t("texts.asDate", { name: words });
    else words = t("texts.filtered", { name: words, filter: name.replaceAll("_", " ") });
  }
  return words;
}

/** What can be seen to be wrong without a parser. The studio's parser has the last word. */
export function localProblems(text: string, groups: readonly VariableGroup[]): TextProblem[] {
  return pieces(text).flatMap((piece) => {
    if (!piece.closed) return [unclosed(piece)];
    const bare = piece.inner.replace(/"[^"]*"|'[^']*'/g, (quoted) => "'".padEnd(quoted.length - 1, "·") + "'");
    return [...tagProblems(piece, bare), ...filterProblems(piece, bare), ...pathProblems(piece, bare, groups)];
  });
}

function unclosed(piece: Piece): TextProblem {
  const closing = piece.kind === "output" ? "}}" : "%}";
  const message = t("texts.unclosed", { closing });
  const fix = { label: t("texts.add", { text: closing }), from: piece.to, to: piece.to, insert: ` ${closing}` };
  return { from: piece.from, to: piece.to, message, severity: "error", fix };
}

function tagProblems(piece: Piece, bare: string): TextProblem[] {
  if (piece.kind !== "tag") return [];
  const name = /^-?\s*(\w+)/.exec(bare);
  const known = [...TAGS, ...INNER_TAGS];
  if (!name?.[1] || known.includes(name[1])) return [];
  return [unknown(piece.from + 2 + name[0].length - name[1].length, name[1], known, "texts.noTag")];
}

function filterProblems(piece: Piece, bare: string): TextProblem[] {
  return [...bare.matchAll(/\|\s*(\w+)/g)].flatMap((match) => {
    const name = match[1] ?? "";
    if (FILTERS.includes(name)) return [];
    return [unknown(piece.from + 2 + match.index + match[0].length - name.length, name, FILTERS, "texts.noFilter")];
  });
}

function unknown(from: number, name: string, known: readonly string[], key: "texts.noTag" | "texts.noFilter"): TextProblem {
  const near = nearest(name, known);
  const to = from + name.length;
  const fix = near ? { fix: { label: t("texts.use", { name: near }), from, to, insert: near } } : {};
  return { from, to, message: t(key, { name }), severity: "error", ...fix };
}

/** Names that are one slip away from one that is known. The studio says it of names that have come
 * in, once for each; here the usual ones count too, at every place, before anybody has come in. */
function pathProblems(piece: Piece, bare: string, groups: readonly VariableGroup[]): TextProblem[] {
  const known = groups.flatMap((group) => group.items.map((item) => item.path));
  return [...bare.matchAll(/\b(?:customer|event)(?:\.[\w-]+)+/g)].flatMap((match) => {
    const path = match[0];
    if (known.some((one) => path === one || path.startsWith(`${one}.`) || one.startsWith(`${path}.`))) return [];
    const root = path.slice(0, path.lastIndexOf(".") + 1);
    const near = nearest(path.slice(root.length), known.filter((one) => one.startsWith(root)).map((one) => one.slice(root.length)));
    if (!near) return [];
    const from = piece.from + 2 + match.index;
    const [right, to] = [root + near, from + path.length];
    const fix = { label: t("texts.use", { name: pathWords(right, groups) }), from, to, insert: right };
    const message = t("texts.slip", { path, near: right });
    return [{ from, to, message, severity: "warning" as const, fix }];
  });
}

/** What the studio says counts; of the guesses only the slips in names, where it says nothing. */
export function merged(told: readonly TextProblem[], guessed: readonly TextProblem[]): TextProblem[] {
  const slips = guessed.filter((one) => one.severity === "warning");
  return [...told, ...slips.filter((slip) => !told.some((one) => one.from < slip.to && slip.from < one.to))];
}

/** The text after a fix. */
export function fixed(text: string, fix: Fix): string {
  return text.slice(0, fix.from) + fix.insert + text.slice(fix.to);
}
