/** Finding by a few letters: words in any order, beginnings first, one slip of the finger allowed. */

export interface Part {
  text: string;
  /** How much a hit here counts. Slips are forgiven only where it is 2 or more. */
  weight: number;
}

const BEGINNING = 4;
const INSIDE = 2;
const SLIP = 1;

export function plain(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase();
}

/** How well the words of a search fit; 0 when one of them is nowhere. */
export function score(parts: readonly Part[], search: string): number {
  const wanted = plain(search).split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return 1;
  const texts = parts.map(({ text, weight }) => ({ words: plain(text).split(/[^\p{L}\p{N}]+/u), whole: plain(text), weight }));
  let sum = 0;
  for (const word of wanted) {
    let best = 0;
    for (const { words, whole, weight } of texts) {
      const hit = quality(words, whole, word, weight >= 2);
      best = Math.max(best, hit * weight);
    }
    if (best === 0) return 0;
    sum += best;
  }
  const [first] = texts;
  const begins = first && wanted[0] && first.whole.startsWith(wanted.join(" ")) ? 8 : 0;
  return sum / wanted.length + begins;
}

function quality(words: readonly string[], whole: string, wanted: string, forgiving: boolean): number {
  if (words.includes(wanted)) return BEGINNING + 1;
  if (words.some((word) => word.startsWith(wanted))) return BEGINNING;
  if (wanted.length > 1 && whole.includes(wanted)) return INSIDE;
  if (!forgiving) return 0;
  if (wanted.length >= 3 && words.some((word) => abbreviates(wanted, word))) return SLIP;
  return wanted.length >= 4 && words.some((word) => slips(wanted, word)) ? SLIP : 0;
}

/** "eml" for "email": the same beginning, all letters in their order. */
function abbreviates(short: string, word: string): boolean {
  if (short[0] !== word[0] || short.length >= word.length) return false;
  let at = 0;
  for (const letter of word) if (letter === short[at]) at += 1;
  return at === short.length;
}

/** Whether the search is one slip away from the beginning of a word: "emial", "tsak", "wiat". */
function slips(wanted: string, word: string): boolean {
  if (wanted[0] !== word[0]) return false;
  return [-1, 0, 1].some((more) => word.length >= wanted.length + more && oneApart(wanted, word.slice(0, wanted.length + more)));
}

function oneApart(a: string, b: string): boolean {
  let i = 0;
  while (i < a.length && a[i] === b[i]) i += 1;
  if (a.length === b.length) {
    const swapped = a[i] === b[i + 1] && a[i + 1] === b[i] && a.slice(i + 2) === b.slice(i + 2);
    return swapped || a.slice(i + 1) === b.slice(i + 1);
  }
  return a.length < b.length ? a.slice(i) === b.slice(i + 1) : a.slice(i + 1) === b.slice(i);
}

/** What fits, the best first; what fits equally well stays in its order. */
export function rank<T>(items: readonly T[], search: string, parts: (item: T) => readonly Part[]): T[] {
  if (!search.trim()) return [...items];
  return items
    .map((item, i) => ({ item, i, points: score(parts(item), search) }))
    .filter((one) => one.points > 0)
    .sort((a, b) => b.points - a.points || a.i - b.i)
    .map((one) => one.item);
}
