/** The filters and tags that a text may use: those of `runtime/templates` (a test compares them). */

export const FILTERS: readonly string[] = [
  "abs", "append", "at_least", "at_most", "base64_decode", "base64_encode", "base64_url_safe_decode",
  "base64_url_safe_encode", "capitalize", "ceil", "compact", "concat", "date", "default", "divided_by",
  "downcase", "escape", "escape_once", "escapejs", "find", "find_index", "first", "floor", "has", "join",
  "json", "last", "lstrip", "map", "minus", "modulo", "newline_to_br", "plus", "prepend", "reject",
  "remove", "remove_first", "remove_last", "replace", "replace_first", "replace_last", "reverse", "round",
  "rstrip", "size", "slice", "sort", "sort_natural", "split", "squish", "strip", "strip_html",
  "strip_newlines", "sum", "times", "truncate", "truncatewords", "uniq", "upcase", "url_decode",
  "url_encode", "where",
];

export const TAGS: readonly string[] = [
  "assign", "break", "capture", "case", "comment", "continue", "cycle", "decrement", "echo", "for", "if",
  "ifchanged", "increment", "liquid", "tablerow", "unless",
];

/** Tags inside of blocks, and their ends. */
export const INNER_TAGS: readonly string[] = [
  "else", "elsif", "when", "raw", "endraw", "endif", "endunless", "endcase", "endfor", "endtablerow",
  "endcapture", "endcomment", "endifchanged",
];

/** What most people need stands first in the list, with what has to follow. */
export const COMMON: { readonly [filter: string]: string } = {
  default: "default: 'there'",
  date: "date: '%d.%m.%Y'",
  capitalize: "capitalize",
  upcase: "upcase",
  downcase: "downcase",
  round: "round",
  truncate: "truncate: 60",
};

/** The name that was probably meant; null when none is close. */
export function nearest(name: string, known: readonly string[]): string | null {
  const most = Math.max(1, Math.floor(name.length / 3));
  let best: string | null = null;
  let least = most + 1;
  for (const one of known) {
    if (Math.abs(one.length - name.length) > most) continue;
    const far = distance(name, one);
    if (far < least) [best, least] = [one, far];
  }
  return best;
}

/** Letters to change, add, take away or swap with the next one. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let value = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        value = Math.min(value, (before[j - 2] ?? 0) + 1);
      }
      row.push(value);
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
