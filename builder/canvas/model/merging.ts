/**
 * Notes and groups are set as a whole. Where somebody else has changed another part of the same one
 * meanwhile, only what was changed here is set; `runtime/journey/merging.py` does the same.
 */

import { groupsOf } from "./groups";
import { same, type Group, type JourneyDocument, type Note, type Op } from "./types";

/** The operations, made on `base`, as they are meant for `fresh`. */
export function onto(base: JourneyDocument, fresh: JourneyDocument, ops: readonly Op[]): readonly Op[] {
  if (!ops.some((op) => op.op === "note.set" || op.op === "group.set")) return ops;
  return ops.map((op) => {
    if (op.op === "note.set") {
      const [was, now] = [base, fresh].map((doc) => doc.ui?.notes?.find((n) => n.id === op.id));
      return was && now ? parts(op, was, now, ["text", "position", "color", "size"]) : op;
    }
    if (op.op === "group.set") {
      const [was, now] = [base, fresh].map((doc) => groupsOf(doc).find((g) => g.id === op.id));
      return was && now ? members(parts(op, was, now, ["title", "collapsed", "color"]), was, now) : op;
    }
    return op;
  });
}

function parts<O extends Op, T extends Note | Group>(op: O, was: T, now: T, keys: readonly string[]): O {
  const of = (value: object, key: string) => (value as { [key: string]: unknown })[key];
  const theirs = keys.filter((key) => same(of(op, key), of(was, key)) && !same(of(was, key), of(now, key)));
  if (theirs.length === 0) return op;
  const all = Object.entries({ ...op, ...Object.fromEntries(theirs.map((key) => [key, of(now, key)])) });
  return Object.fromEntries(all.filter(([, value]) => value !== undefined)) as unknown as O;
}

/** Who was put in or taken out here, put in or taken out there. */
function members(op: Extract<Op, { op: "group.set" }>, was: Group, now: Group): Op {
  if (same(was.nodes, now.nodes)) return op;
  const gone = was.nodes.filter((id) => !op.nodes.includes(id));
  const come = op.nodes.filter((id) => !was.nodes.includes(id) && !now.nodes.includes(id));
  const nodes = [...now.nodes.filter((id) => !gone.includes(id)), ...come];
  return nodes.length > 0 ? { ...op, nodes } : op;
}
