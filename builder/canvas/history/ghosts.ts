/** Two states of a journey on one canvas: the later one, with what it lacks as ghosts. */

import { edgeId } from "../model/ops";
import { PITCH } from "../model/layout";
import type { Diff, NodeChange } from "../model/diff";
import { groupsOf } from "../model/groups";
import type { Group, JourneyDocument, Point } from "../model/types";
import type { Layer, LineDecor, NodeDecor, Tone } from "../state/decor";

const HIGH = 96; // a ghost keeps so far from the top of another node
const BELOW = 120; // from the top of a node to the one after it

/** `after` with the nodes and lines that only `before` has; folded groups open over a change. */
export function both(given: JourneyDocument, found: Diff): JourneyDocument {
  const after = unfolded(given, new Set(found.nodes.map(({ id }) => id)));
  const gone = found.nodes.filter((change) => change.kind === "removed");
  const lines = found.edges.filter(({ kind }) => kind === "removed").map(({ edge }) => edge);
  if (gone.length === 0 && lines.length === 0) return after;
  const positions: { [id: string]: Point } = { ...after.ui?.positions };
  for (const { id, from } of gone) positions[id] = free(positions, from ?? [0, 0]);
  return {
    ...after,
    nodes: [...after.nodes, ...gone.map(({ node }) => node)],
    edges: [...after.edges, ...lines],
    ui: { ...after.ui, positions },
  };
}

function unfolded(doc: JourneyDocument, changed: ReadonlySet<string>): JourneyDocument {
  const open = (group: Group) => group.collapsed === true && group.nodes.some((id) => changed.has(id));
  const groups = groupsOf(doc);
  if (!groups.some(open)) return doc;
  return { ...doc, ui: { ...doc.ui, groups: groups.map((group) => (open(group) ? { ...group, collapsed: false } : group)) } };
}

/**
 * A document whose nodes without a place stand where the other one has them: they did not move. What
 * only this one has goes below the node that it comes after.
 */
export function borrowed(doc: JourneyDocument, from: JourneyDocument): JourneyDocument {
  const own = doc.ui?.positions ?? {};
  const missing = doc.nodes.filter(({ id }) => !Array.isArray(own[id]));
  if (missing.length === 0) return doc;
  const positions: { [id: string]: Point } = { ...own };
  for (const { id } of missing) {
    const place = from.ui?.positions?.[id];
    if (place) positions[id] = place;
  }
  for (let left = doc.edges, before = Infinity; left.length < before; ) {
    before = left.length;
    left = left.filter(({ from: above, to }) => {
      const place = positions[above];
      if (!place || positions[to]) return !positions[to];
      positions[to] = [place[0], place[1] + BELOW];
      return false;
    });
  }
  return { ...doc, ui: { ...doc.ui, positions } };
}

/** The place itself, or the next one to the right where nothing stands. */
function free(taken: { [id: string]: Point }, [x, y]: Point): Point {
  let at = x;
  const busy = () => Object.values(taken).some((p) => Math.abs(p[0] - at) < PITCH - 8 && Math.abs(p[1] - y) < HIGH);
  while (busy()) at += PITCH;
  return [at, y];
}

/** The tones and words that lie over both; `words` gives the word on a badge and the tooltip. */
export function layerOf(found: Diff, words: (change: NodeChange) => { badge: string; says: string }): Layer {
  const nodes = new Map<string, NodeDecor>();
  for (const change of found.nodes) {
    const tone = toneOf(change);
    const { badge, says } = words(change);
    const icon = { added: "plus", removed: "minus", changed: "pencil", moved: "" }[tone as string] ?? "";
    nodes.set(change.id, { tone, says, ...(icon ? { badge: { icon, text: badge, title: says } } : {}) });
  }
  const lines = new Map<string, LineDecor>(found.edges.map(({ kind, edge }) => [edgeId(edge), { tone: kind }]));
  return { nodes, lines };
}

export function toneOf(change: NodeChange): Tone {
  if (change.kind !== "changed") return change.kind;
  return change.fields.length > 0 ? "changed" : "moved";
}
