/**
 * Groups: nodes with a frame and a title around them. They stand in the document as `ui.groups`,
 * in the order of their ids; a node is in one group at most, and a group without nodes is gone.
 */

import type { Group, JourneyDocument, Op } from "./types";
import { isRecord, same } from "./types";

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

/** The group as `group.set` writes it, or the sentence that says why it cannot be. */
export function groupFrom(doc: Told, op: SetGroup): Group | string {
  const known = new Set(doc.nodes.map((n) => n.id));
  if (known.has(op.id) || (doc.ui?.notes ?? []).some((n) => n.id === op.id)) {
    return `${op.id} is the name of a node or a note already.`;
  }
  const nodes = [...new Set(op.nodes)].filter((id) => known.has(id));
  if (nodes.length === 0) return "A group needs a node that is still there.";
  const groups = groupsOf(doc);
  if (groups.length >= MOST_GROUPS && !groups.some((g) => g.id === op.id)) {
    return `A journey has at most ${MOST_GROUPS} groups.`;
  }
  const { id, collapsed, color } = op;
  const title = [...op.title].slice(0, LONGEST).join("");
  return { id, title, nodes, ...(collapsed ? { collapsed } : {}), ...(color ? { color } : {}) };
}

/** The document with this group; its nodes leave the groups that they were in. */
export function withGroup(doc: JourneyDocument, group: Group): JourneyDocument {
  const taken = new Set(group.nodes);
  const others = groupsOf(doc).filter((g) => g.id !== group.id);
  return withGroups(doc, [...others.map((g) => leftBy(g, taken)), group]);
}

export function withoutGroup(doc: JourneyDocument, id: string): JourneyDocument {
  if (!doc.ui?.groups) return doc;
  return withGroups(doc, groupsOf(doc).filter((g) => g.id !== id));
}

/** The document whose groups have lost a node that is gone. */
export function withoutMember(doc: JourneyDocument, node: string): JourneyDocument {
  const groups = groupsOf(doc);
  if (!groups.some((g) => g.nodes.includes(node))) return doc;
  return withGroups(doc, groups.map((g) => leftBy(g, new Set([node]))));
}

function leftBy(group: Group, gone: ReadonlySet<string>): Group {
  if (!group.nodes.some((id) => gone.has(id))) return group;
  return { ...group, nodes: group.nodes.filter((id) => !gone.has(id)) };
}

function withGroups(doc: JourneyDocument, groups: readonly Group[]): JourneyDocument {
  const kept = groups.filter((g) => g.nodes.length > 0);
  kept.sort((a, b) => (a.id < b.id ? -1 : 1));
  const { groups: _, ...ui } = doc.ui ?? {};
  return { ...doc, ui: kept.length ? { ...ui, groups: kept } : ui };
}

/** What gives the groups of `before` back after an operation that changed some of them. */
export function regroup(before: JourneyDocument, after: JourneyDocument): Op[] {
  const [old, now] = [groupsOf(before), groupsOf(after)];
  const known = new Set(old.map((g) => g.id));
  const gone = now.filter((g) => !known.has(g.id)).map((g): Op => ({ op: "group.del", id: g.id }));
  const back = old.filter((g) => !same(g, now.find((other) => other.id === g.id)));
  return [...gone, ...back.map((g): Op => ({ op: "group.set", ...g }))];
}
