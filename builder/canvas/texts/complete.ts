/** What can come next where the cursor stands in a text: values, filters, tags. */

import { sampleWords, type VariableGroup } from "../model/variables";
import { pathWords, pieces } from "./liquid";
import { COMMON, FILTERS, TAGS } from "./known";

export interface Offer {
  label: string;
  /** What it is made of: the path of a value. */
  path: string;
  /** A value that was seen, or what the filter does. */
  sample: string;
  group: string;
  apply: string;
}

export interface Offers {
  from: number;
  to: number;
  offers: Offer[];
}

const MOST = 60;

/** `asked`: somebody asked for the list; then it opens outside of braces, too. */
export function offersAt(text: string, at: number, groups: readonly VariableGroup[], asked: boolean): Offers | null {
  const piece = pieces(text).find((one) => one.from + 2 <= at && at <= (one.closed ? one.to - 2 : one.to));
  if (!piece) return asked ? { from: at, to: at, offers: values(groups, "", (path) => `{{ ${path} }}`) } : null;
  const before = text.slice(piece.from + 2, at);
  if (inQuotes(before)) return null;
  const word = /[\w.]*$/.exec(before)?.[0] ?? "";
  const from = at - word.length;
  const rest = piece.closed ? (/^[\w.]*/.exec(text.slice(at))?.[0].length ?? 0) : 0;
  const to = at + rest;
  const end = piece.closed ? "" : piece.kind === "output" ? " }}" : " %}";
  const space = before === word ? " " : "";
  const done = (offers: Offer[]) => (offers.length ? { from, to, offers } : null);
  if (/\|\s*\w*$/.test(before)) return done(filters(word, end));
  if (piece.kind === "tag" && /^-?\s*\w*$/.test(before)) return done(tags(word, space, end));
  if (!word && !asked && !/(^|[\s:=<>(])$/.test(before)) return null;
  return done(values(groups, word, (path) => `${space}${path}${piece.kind === "output" ? end : ""}`));
}

function inQuotes(before: string): boolean {
  return /["']/.test(before.replace(/"[^"]*"|'[^']*'/g, ""));
}

function values(groups: readonly VariableGroup[], word: string, apply: (path: string) => string): Offer[] {
  const wanted = word.toLowerCase();
  const found = groups.flatMap((group) =>
    group.items.flatMap((item) => {
      const label = pathWords(item.path, groups);
      const rank = ranked(wanted, item.path.toLowerCase(), label.toLowerCase());
      const offer = { label, path: item.path, sample: sampleWords(item), group: group.title, apply: apply(item.path) };
      return rank < 0 ? [] : [{ rank, offer }];
    }),
  );
  // What fits best first; otherwise as the groups have them (the sort keeps their order).
  return found.sort((a, b) => a.rank - b.rank).slice(0, MOST).map(({ offer }) => offer);
}

/** 0 begins with it, 1 a part begins with it, 2 has it somewhere, -1 not at all. */
function ranked(wanted: string, path: string, label: string): number {
  if (!wanted) return 0;
  if (path.startsWith(wanted) || label.startsWith(wanted)) return 0;
  if (path.includes(`.${wanted}`) || path.includes(`_${wanted}`) || label.includes(` ${wanted}`)) return 1;
  return path.includes(wanted) || label.includes(wanted) ? 2 : -1;
}

function filters(word: string, end: string): Offer[] {
  const names = [...Object.keys(COMMON), ...FILTERS.filter((name) => !(name in COMMON))];
  return names
    .filter((name) => name.startsWith(word) || (word.length > 1 && name.includes(word)))
    .map((name) => ({ label: COMMON[name] ?? name, path: "", sample: "", group: "", apply: `${COMMON[name] ?? name}${end}` }));
}

function tags(word: string, space: string, end: string): Offer[] {
  const first = ["if", "for"];
  return [...first, ...TAGS.filter((name) => !first.includes(name))]
    .filter((name) => name.startsWith(word))
    .map((name) => ({ label: name, path: "", sample: "", group: "", apply: `${space}${name}${end}` }));
}
