/** Journeys and edits by dice, the same for the same seed. */

import { groupsOf } from "../../builder/canvas/model/groups";
import { exits } from "../../builder/canvas/model/handles";
import type { JourneyDocument, Op, Point } from "../../builder/canvas/model/types";
import { dice, journey, labels, node, TYPES } from "./fixtures";

/** A journey that nobody would draw: merges, loops, several beginnings. */
export function wild(seed: number, count: number): JourneyDocument {
  const roll = dice(seed);
  const types = ["t.plain", "t.ask", "t.send", "t.sort", "t.end"];
  const nodes = Array.from({ length: count }, (_, i) => {
    const type = i === 0 ? "t.begin" : (types[roll(types.length)] ?? "t.plain");
    return node(`n${i}`, type, type === "t.sort" ? labels("a", "b", "c") : {});
  });
  const edges = nodes.flatMap((n, i) => {
    const ways = exits(TYPES.get(n.type), n.config).filter(() => roll(4) > 0);
    return ways.map((h) => `${n.id}.${h.name}>n${Math.min(count - 1, Math.max(1, i + roll(7) - 1))}`);
  });
  return journey(nodes, [...new Set(edges)], false);
}

/** The document as somebody imports or restores it: some of it is gone, some is other, some is new. */
function another(doc: JourneyDocument, roll: (sides: number) => number, i: number, by: string): JourneyDocument {
  const kept = doc.nodes.filter(() => roll(4) > 0).map((n) => (roll(3) ? n : { ...n, title: `R${by}${i}`, config: { text: `R${by}${i}` } }));
  const fresh: JourneyDocument["nodes"][number] = { id: `r${roll(30)}`, type: "t.plain", config: {} };
  const nodes = kept.some((n) => n.id === fresh.id) ? kept : [...kept.slice(0, 1), fresh, ...kept.slice(1)];
  const ids = new Set(nodes.map((n) => n.id));
  const places = Object.entries(doc.ui?.positions ?? {}).filter(([id]) => ids.has(id));
  const positions = Object.fromEntries(places.map(([id, at]) => [id, roll(3) ? at : ([i, 2 * i] as Point)]));
  const notes = (doc.ui?.notes ?? []).filter(() => roll(3) > 0);
  const edges = doc.edges.filter((e) => ids.has(e.from) && ids.has(e.to) && roll(4) > 0);
  return { ...doc, name: roll(2) ? doc.name : `R${by}${i}`, nodes, edges, ui: { positions: { ...positions, [fresh.id]: [i, i] }, notes } };
}

/** One random operation that fits the document. */
export function random(doc: JourneyDocument, roll: (sides: number) => number, i: number, by = ""): Op {
  const some = doc.nodes[roll(doc.nodes.length || 1)]?.id;
  const other = doc.nodes[roll(doc.nodes.length || 1)]?.id;
  const edge = doc.edges[roll(doc.edges.length || 1)];
  const missing = some && other && !doc.edges.some((e) => e.from === some && e.to === other && e.handle === "out");
  const note = doc.ui?.notes?.[0]?.id;
  const group = groupsOf(doc)[0];
  const choices: (Op | undefined)[] = [
    { op: "node.add", node: { id: `n${roll(400)}${by && roll(2) ? by : ""}`, type: "t.plain", config: { text: String(i) } }, position: [i * 8, i * 8] },
    some ? { op: "node.del", id: some } : undefined,
    some ? { op: "node.move", id: some, position: [i, i] } : undefined,
    some ? { op: "node.patch", id: some, set: { [`f${roll(3)}`]: `${by}${i}` } } : undefined,
    some ? { op: "node.patch", id: some, set: { text: `${by}${i}` }, unset: [`f${roll(3)}`] } : undefined,
    some && roll(4) === 0 ? { op: "node.set", id: some, config: { text: String(i) } } : undefined,
    some ? { op: "node.title", id: some, title: `T${by}${i}` } : undefined,
    some ? { op: "node.disable", id: some, disabled: roll(2) === 0 } : undefined,
    missing ? { op: "edge.add", from: some, handle: "out", to: other } : undefined,
    edge ? { op: "edge.del", ...edge } : undefined,
    { op: "doc.set", name: `N${by}${i}`, ...(roll(2) ? { stage: "retention" } : {}) },
    { op: "note.set", id: `note${roll(3)}`, text: `${by}${i}`, position: [i, i] },
    note ? { op: "note.del", id: note } : undefined,
    some && other ? { op: "group.set", id: `g${roll(2)}`, title: `G${roll(3)}`, nodes: [some, other] } : undefined,
    group ? { op: "group.set", ...group, collapsed: roll(2) === 0, nodes: some ? [...group.nodes, some] : group.nodes } : undefined,
    group ? { op: "group.del", id: group.id } : undefined,
    some ? { op: "node.type", id: some, type: roll(2) ? "t.send" : "t.plain", version: roll(2), config: { text: `${by}${i}` } } : undefined,
    roll(3) === 0 ? { op: "doc.replace", document: another(doc, roll, i, by) } : undefined,
  ];
  const op = choices[roll(choices.length)];
  if (!op || (op.op === "node.add" && doc.nodes.some((n) => n.id === op.node.id))) {
    return { op: "doc.set", name: `M${by}${i}` };
  }
  return op;
}
