/** Readable ids for new nodes. */

/** A slug of a name: lower case letters, digits and `_`. */
export function slug(text: string): string {
  const plain = text
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  return plain.slice(0, 48).replace(/_+$/, "");
}

/** The wanted id, or the first numbered one that is free: `send_email`, `send_email_2`, … */
export function freeId(wanted: string, taken: ReadonlySet<string>): string {
  const base = slug(wanted) || "node";
  if (!taken.has(base)) return base;
  const stem = base.replace(/_\d+$/, "") || base;
  for (let n = 2; ; n += 1) {
    if (!taken.has(`${stem}_${n}`)) return `${stem}_${n}`;
  }
}
