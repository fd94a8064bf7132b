/**
 * What an operation touches, by names: "field/wait/for" is one field of one node. By them it is
 * known whether two people changed the same thing.
 */

import type { Op } from "./types";

const ALL = "all"; // the whole document was replaced
const ANY = "any"; // something was touched

/** What an operation leaves touched. */
export function marks(op: Op): string[] {
  switch (op.op) {
    case "node.patch": {
      const fields = [...Object.keys(op.set ?? {}), ...(op.unset ?? [])];
      return [ANY, `node/${op.id}`, `config/${op.id}`, ...fields.map((f) => `field/${op.id}/${f}`)];
    }
    case "node.set":
    case "node.type":
      return [ANY, `node/${op.id}`, `config/${op.id}`, `whole/${op.id}`];
    case "node.title":
    case "node.disable":
      return [ANY, `node/${op.id}`, `${op.op}/${op.id}`];
    case "node.move":
      return [ANY, `place/${op.id}`];
    case "node.add":
      return [ANY, `node/${op.node.id}`];
    case "node.del":
      return [ANY, `node/${op.id}`];
    case "edge.add":
    case "edge.del":
      return [ANY];
    case "doc.set":
      return [ANY, ...settings(op).map((key) => `doc/${key}`)];
    case "note.set":
    case "note.del":
      return [ANY, `note/${op.id}`];
    case "group.set":
    case "group.del":
      return [ANY, `group/${op.id}`];
    case "doc.replace":
      return [ANY, ALL];
  }
}

/** What is left of an operation when some of what it would overwrite is someone else's now. */
export function blocked(op: Op, theirs: (mark: string) => boolean): Op[] {
  if (theirs(ALL)) return [];
  if (op.op === "node.patch") {
    if (theirs(`whole/${op.id}`)) return [];
    const free = (field: string) => !theirs(`field/${op.id}/${field}`);
    if ([...Object.keys(op.set ?? {}), ...(op.unset ?? [])].every(free)) return [op];
    const set = Object.fromEntries(Object.entries(op.set ?? {}).filter(([field]) => free(field)));
    const unset = (op.unset ?? []).filter(free);
    return Object.keys(set).length + unset.length ? [{ ...op, set, unset }] : [];
  }
  if (op.op === "doc.set") {
    const free = settings(op).filter((key) => !theirs(`doc/${key}`));
    if (free.length === settings(op).length) return [op];
    return free.length ? [{ op: "doc.set", ...Object.fromEntries(free.map((key) => [key, op[key]])) }] : [];
  }
  return concerns(op).some(theirs) ? [] : [op];
}

/** What an operation overwrites. */
function concerns(op: Op): string[] {
  switch (op.op) {
    case "node.set":
    case "node.type":
      return [`config/${op.id}`];
    case "node.title":
    case "node.disable":
      return [`${op.op}/${op.id}`];
    case "node.move":
      return [`place/${op.id}`];
    case "node.del":
      return [`node/${op.id}`];
    case "note.set":
    case "note.del":
      return [`note/${op.id}`];
    case "group.set":
    case "group.del":
      return [`group/${op.id}`];
    case "doc.replace":
      return [ANY];
    default:
      return [];
  }
}

function settings(op: Extract<Op, { op: "doc.set" }>) {
  return (["name", "about", "stage", "settings"] as const).filter((key) => key in op);
}
