/**
 * Groups: nodes with a frame and a title around them. They stand in the document as `ui.groups`,
 * in the order of their ids; a node is in one group at most, and a group without nodes is gone.
 */

import type { Group, JourneyDocument, Op } from "./types";
import { isRecord } from "./types";

export const COLORS = 6;
export const MOST_GROUPS = 500;
const LONGEST = 200; // characters of a title

type SetGroup = Extract<Op, { op: "group.set" }>;
type Told = Pick<JourneyDocument, "nodes" | "ui">;

/** The groups of a document, without what is none (documents are written by hand, too). */
export function groupsOf(doc: Told): readonly Group[] {
  const found: unknown = doc.ui?.groups;
  return Array.isArray(found) ? found.filter(isGroup) : [];
}

function isGroup(value: unknown): value is Group {
  if (!isRecord(value) || typeof value.id !== "string" || typeof value.title !== "string") return false;
  return Array.isArray(value.nodes) && value.nodes.every((id) => typeof id === "string");
}

/** The group that a node is in. */
export function groupOf(doc: Told, node: string): Group | undefined {
  return groupsOf(doc).find((group) => group.nodes.includes(node));
}

/** The id of its group for each node that is in one. */
export function groupIds(doc: Told): Map<string, string> {
  return new Map(groupsOf(doc).flatMap((group) => group.nodes.map((id) => [id, group.id] as const)));
}

/** What a group is made in. */
interface Around {
  node(id: string): unknown;
  note(id: string): unknown;
  groups: ReadonlyMap<string, Group>;
}

/** The group as `group.set` writes it, or the sentence that says why it cannot be. */
export function groupFrom(op: SetGroup, around: Around): Group | string {
  if (around.node(op.id) || around.note(op.id)) return `${op.id} is the name of a node or a note already.`;
  const nodes = [...new Set(op.nodes)].filter((id) => around.node(id));
  if (nodes.length === 0) return "A group needs a node that is still there.";
  if (around.groups.size >= MOST_GROUPS && !around.groups.has(op.id)) {
    return `A journey has at most ${MOST_GROUPS} groups.`;
  }
  const { id, collapsed, color } = op;
  const title = [...op.title].slice(0, LONGEST).join("");
  return { id, title, nodes, ...(collapsed ? { collapsed } : {}), ...(color ? { color } : {}) };
}
