/** The ways out of a node: fixed by its type or made by its config. */

import type { Config, Handle, JourneyDocument, JourneyNode, NodeType, Op } from "./types";
import { isRecord } from "./types";

/** The handles of a node with this config, in order; each name once. */
export function exits(type: NodeType | undefined, config: Config | undefined): Handle[] {
  const found: Handle[] = [];
  for (const spec of type?.handles ?? []) {
    if (!("field" in spec)) {
      found.push({
        name: spec.name,
        label: spec.label || spec.name.replaceAll("_", " "),
        hoped: spec.hoped ?? true,
        folded: spec.folded ?? false,
      });
      continue;
    }
    for (const name of listed(config?.[spec.field], spec.key)) {
      found.push({ name, label: name.replaceAll("_", " "), hoped: true, folded: false });
    }
  }
  return found.filter((handle, i) => found.findIndex((h) => h.name === handle.name) === i);
}

/** Whether the handle is the plain way on, drawn as a ring without a name. */
export function isPlain(handle: Handle): boolean {
  return handle.name === "out" && handle.label === "out";
}

/** Handles that edges use although the node does not have them (any more), so that they show. */
export function strayHandles(
  doc: Pick<JourneyDocument, "edges">,
  node: JourneyNode,
  known: readonly Handle[],
): Handle[] {
  const names = new Set(
    doc.edges
      .filter((e) => e.from === node.id && !known.some((h) => h.name === e.handle))
      .map((e) => e.handle),
  );
  return [...names].map((name) => ({ name, label: name, hoped: false, folded: false }));
}

/**
 * The edges that follow when a config changes: a handle renamed in its place takes its edges
 * along, a handle that is gone loses them.
 */
export function followHandles(
  doc: JourneyDocument,
  type: NodeType | undefined,
  node: JourneyNode,
  config: Config,
): Op[] {
  const ops: Op[] = [];
  const kept = new Set(exits(type, config).map((h) => h.name));
  const known = new Set(exits(type, node.config).map((h) => h.name));
  const renamed = renames(type, node.config ?? {}, config);
  for (const edge of doc.edges) {
    if (edge.from !== node.id || kept.has(edge.handle) || !known.has(edge.handle)) continue;
    const { from, handle, to } = edge;
    ops.push({ op: "edge.del", from, handle, to });
    const next = renamed.get(handle);
    if (next && kept.has(next)) ops.push({ op: "edge.add", from, handle: next, to });
  }
  return ops;
}

function renames(type: NodeType | undefined, before: Config, after: Config): Map<string, string> {
  const found = new Map<string, string>();
  for (const spec of type?.handles ?? []) {
    if (!("field" in spec)) continue;
    const old = listed(before[spec.field], spec.key, true);
    const now = listed(after[spec.field], spec.key, true);
    if (old.length !== now.length) continue;
    old.forEach((name, i) => {
      const next = now[i];
      if (next && next !== name && !now.includes(name) && !old.includes(next)) found.set(name, next);
    });
  }
  return found;
}

function listed(items: unknown, key: string, all = false): string[] {
  if (!Array.isArray(items)) return [];
  const names = items.map((item) => (isRecord(item) ? item[key] : undefined));
  return names.map((n) => (typeof n === "string" ? n : "")).filter((n) => all || n !== "");
}
