/** Which words of a text went and which came. */

export interface Piece {
  kind: "same" | "added" | "removed";
  text: string;
}

const MOST = 2_000; // words on one side that are compared one by one
const AROUND = 6; // words that stay beside a change; the rest of a long stretch is left out

export function wordDiff(before: string, after: string): Piece[] {
  const [old, now] = [words(before), words(after)];
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  const middle = between(old.slice(start, old.length - end), now.slice(start, now.length - end));
  return joined([...same(old.slice(0, start)), ...middle, ...same(old.slice(old.length - end))]);
}

/** The pieces with long stretches that did not change cut short by "…". */
export function shortened(pieces: readonly Piece[]): Piece[] {
  return pieces.map((piece, i) => {
    if (piece.kind !== "same") return piece;
    const all = words(piece.text);
    const [first, last] = [i === 0, i === pieces.length - 1];
    const kept = AROUND * 2; // a word and the space behind it
    if (all.length <= (first || last ? kept : 2 * kept) + 4) return piece;
    const head = first ? [] : all.slice(0, kept);
    const tail = last ? [] : all.slice(-kept);
    return { kind: "same", text: [...head, " … ", ...tail].join("") };
  });
}

function between(old: readonly string[], now: readonly string[]): Piece[] {
  const whole: Piece[] = [
    { kind: "removed", text: old.join("") },
    { kind: "added", text: now.join("") },
  ];
  if (old.length === 0 || now.length === 0 || old.length > MOST || now.length > MOST) return whole;
  const table = common(old, now);
  const width = now.length + 1;
  const pieces: Piece[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      pieces.push({ kind: "same", text: old[i] ?? "" });
      i += 1;
      j += 1;
    } else if (j >= now.length || (i < old.length && (table[(i + 1) * width + j] ?? 0) >= (table[i * width + j + 1] ?? 0))) {
      pieces.push({ kind: "removed", text: old[i] ?? "" });
      i += 1;
    } else {
      pieces.push({ kind: "added", text: now[j] ?? "" });
      j += 1;
    }
  }
  return pieces;
}

/** How many words the rests of both texts have in common, for each pair of places. */
function common(old: readonly string[], now: readonly string[]): Uint16Array {
  const width = now.length + 1;
  const table = new Uint16Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      const next = table[(i + 1) * width + j + 1] ?? 0;
      const best = Math.max(table[(i + 1) * width + j] ?? 0, table[i * width + j + 1] ?? 0);
      table[i * width + j] = old[i] === now[j] ? next + 1 : best;
    }
  }
  return table;
}

/** Neighbours of one kind as one piece; spaces between two changed words belong to the change. */
function joined(pieces: readonly Piece[]): Piece[] {
  const found: Piece[] = [];
  let run: Piece[] = [];
  const push = (piece: Piece) => {
    const last = found.at(-1);
    if (last?.kind === piece.kind) last.text += piece.text;
    else found.push({ ...piece });
  };
  const close = () => {
    const sides = (["removed", "added"] as const).filter((kind) => run.some((piece) => piece.kind === kind));
    const text = (kind: Piece["kind"]) =>
      run.filter((piece) => piece.kind === kind || piece.kind === "same").map((piece) => piece.text).join("");
    if (sides.length === 2) found.push(...sides.map((kind) => ({ kind, text: text(kind) })));
    else run.forEach(push);
    run = [];
  };
  pieces.forEach((piece, i) => {
    const next = pieces[i + 1];
    const inside = piece.kind === "same" && /^\s+$/.test(piece.text) && run.length > 0 && next !== undefined && next.kind !== "same";
    if (piece.kind !== "same" || inside) return void run.push(piece);
    close();
    push(piece);
  });
  close();
  return found.filter((piece) => piece.text !== "");
}

function same(all: readonly string[]): Piece[] {
  return all.map((text) => ({ kind: "same", text }));
}

/** Words, spaces and signs; a variable of Liquid is one word. */
function words(text: string): string[] {
  return text.match(/\{\{.*?\}\}|\{%.*?%\}|[\p{L}\p{N}_’'-]+|\s+|[^\s\p{L}\p{N}]/gsu) ?? [];
}
