/**
 * A document while a row of operations is carried out: what they ask for again and again is found
 * by name, and what they change is copied once, not for each of them. The document that was given
 * stays as it was.
 */

import { groupsOf } from "./groups";
import type { Group, JourneyDocument, JourneyEdge, JourneyNode, Note, Point } from "./types";

export class Worktop {
  private head: JourneyDocument;
  private nodes!: JourneyNode[];
  private edges!: JourneyEdge[];
  private notes!: Note[] | undefined;
  private positions!: { [id: string]: Point } | undefined;
  private own = new Set<"nodes" | "edges" | "notes" | "positions" | "groups">();
  private byId: Map<string, JourneyNode> | null = null;
  private byEnd: Map<string, Set<JourneyEdge>> | null = null;
  private byGroup: { groups: Map<string, Group>; of: Map<string, string[]> } | null = null;

  constructor(document: JourneyDocument) {
    this.head = document;
    this.begin(document);
  }

  /** From now on it is this document. */
  begin(document: JourneyDocument): void {
    this.head = document;
    this.nodes = document.nodes;
    this.edges = document.edges;
    this.notes = document.ui?.notes;
    this.positions = document.ui?.positions;
    this.own.clear();
    this.byId = this.byEnd = this.byGroup = null;
  }

  /** The document as it is now. What follows does not change it any more. */
  done(): JourneyDocument {
    const { own, nodes, edges, notes, positions } = this;
    if (own.size === 0) return this.head;
    let { ui } = this.head;
    if (own.has("notes")) ui = { ...ui, notes: notes ?? [] };
    if (own.has("positions")) ui = { ...ui, positions: positions ?? {} };
    if (own.has("groups")) {
      const { groups: _, ...rest } = ui ?? {};
      const groups = [...this.groups.values()].filter((g) => g.nodes.length > 0);
      groups.sort((a, b) => (a.id < b.id ? -1 : 1));
      ui = groups.length ? { ...rest, groups } : rest;
    }
    this.head = { ...this.head, nodes, edges, ...(ui ? { ui } : {}) };
    own.clear();
    return this.head;
  }

  // --- The journey itself ----------------------------------------------------------------------

  field(key: "name" | "about" | "stage" | "settings"): unknown {
    return this.head[key];
  }

  /** Sets fields of the journey; null takes one out. */
  setFields(fields: object): void {
    const all = Object.entries({ ...this.head, ...fields });
    this.head = Object.fromEntries(all.filter(([, value]) => value !== null)) as unknown as JourneyDocument;
  }

  // --- Nodes -----------------------------------------------------------------------------------

  node(id: string): JourneyNode | undefined {
    if (!this.byId) {
      this.byId = new Map();
      for (const node of this.nodes) if (!this.byId.has(node.id)) this.byId.set(node.id, node);
    }
    return this.byId.get(id);
  }

  indexOf(node: JourneyNode): number {
    return this.nodes.indexOf(node);
  }

  addNode(node: JourneyNode, at = this.nodes.length): void {
    this.node(node.id);
    this.ownNodes().splice(at, 0, node);
    this.byId?.set(node.id, node);
  }

  setNode(was: JourneyNode, now: JourneyNode): void {
    this.ownNodes()[this.nodes.indexOf(was)] = now;
    this.byId?.set(now.id, now);
  }

  /** Takes a node out with its lines, its place, and from its group. */
  removeNode(node: JourneyNode): void {
    const { id } = node;
    this.ownNodes().splice(this.nodes.indexOf(node), 1);
    const next = this.byId?.size === this.nodes.length + 1 ? undefined : this.nodes.find((n) => n.id === id);
    if (next) this.byId?.set(id, next);
    else this.byId?.delete(id);
    for (const edge of this.linesAt(id)) this.removeEdge(edge);
    if (this.positions && id in this.positions) delete this.ownPlaces()[id];
    for (const group of this.groupsWith(id)) this.leave(group, id);
  }

  private ownNodes(): JourneyNode[] {
    if (!this.own.has("nodes")) this.nodes = [...this.nodes];
    this.own.add("nodes");
    return this.nodes;
  }

  place(id: string): Point | undefined {
    return this.positions?.[id];
  }

  setPlace(id: string, place: Point): void {
    this.ownPlaces()[id] = place;
  }

  private ownPlaces(): { [id: string]: Point } {
    if (!this.own.has("positions") || !this.positions) this.positions = { ...this.positions };
    this.own.add("positions");
    return this.positions;
  }

  // --- Lines -----------------------------------------------------------------------------------

  /** The lines that begin or end at a node. */
  linesAt(id: string): JourneyEdge[] {
    return [...(this.ends().get(id) ?? [])];
  }

  /** Lines in the order of the document, each with its place in it. */
  inOrder(edges: readonly JourneyEdge[]): [JourneyEdge, number][] {
    const found = edges.map((edge): [JourneyEdge, number] => [edge, this.edges.indexOf(edge)]);
    return found.sort(([, a], [, b]) => a - b);
  }

  /** All that are this line: one, or none; more only in a document that was written by hand. */
  lines({ from, handle, to }: JourneyEdge): JourneyEdge[] {
    const found: JourneyEdge[] = [];
    for (const edge of this.ends().get(from) ?? []) {
      if (edge.to === to && edge.from === from && edge.handle === handle) found.push(edge);
    }
    return found;
  }

  addEdge(edge: JourneyEdge, at = this.edges.length): void {
    const ends = this.ends();
    this.ownEdges().splice(at, 0, edge);
    link(ends, edge);
  }

  removeEdge(edge: JourneyEdge): void {
    this.ownEdges().splice(this.edges.indexOf(edge), 1);
    this.ends().get(edge.from)?.delete(edge);
    this.ends().get(edge.to)?.delete(edge);
  }

  private ownEdges(): JourneyEdge[] {
    if (!this.own.has("edges")) this.edges = [...this.edges];
    this.own.add("edges");
    return this.edges;
  }

  private ends(): Map<string, Set<JourneyEdge>> {
    if (!this.byEnd) {
      this.byEnd = new Map();
      for (const edge of this.edges) link(this.byEnd, edge);
    }
    return this.byEnd;
  }

  // --- Notes and groups ------------------------------------------------------------------------

  note(id: string): Note | undefined {
    return this.notes?.find((n) => n.id === id);
  }

  setNote(note: Note): void {
    const known = this.note(note.id);
    this.notes = known ? this.notes?.map((n) => (n.id === note.id ? note : n)) : [...(this.notes ?? []), note];
    this.own.add("notes");
  }

  removeNote(id: string): void {
    this.notes = (this.notes ?? []).filter((n) => n.id !== id);
    this.own.add("notes");
  }

  get groups(): ReadonlyMap<string, Group> {
    return this.grouped().groups;
  }

  /** The groups that a node is in: one at most, but documents are written by hand, too. */
  groupsWith(node: string): Group[] {
    const { groups, of } = this.grouped();
    return (of.get(node) ?? []).flatMap((id) => groups.get(id) ?? []);
  }

  /** A group with these nodes, which leave the groups that they were in; without nodes it is gone. */
  putGroup(group: Group): void {
    const { groups, of } = this.grouped();
    const taken = new Set(group.nodes);
    for (const id of taken) {
      for (const other of this.groupsWith(id)) {
        if (other.id === group.id) continue;
        const nodes = other.nodes.filter((one) => !taken.has(one));
        if (nodes.length) groups.set(other.id, { ...other, nodes });
        else groups.delete(other.id);
      }
      of.set(id, [group.id]);
    }
    for (const id of groups.get(group.id)?.nodes ?? []) if (!taken.has(id)) of.delete(id);
    if (group.nodes.length) groups.set(group.id, group);
    else groups.delete(group.id);
    this.own.add("groups");
  }

  private leave(group: Group, id: string): void {
    const { groups, of } = this.grouped();
    const nodes = group.nodes.filter((one) => one !== id);
    if (nodes.length) groups.set(group.id, { ...group, nodes });
    else groups.delete(group.id);
    of.delete(id);
    this.own.add("groups");
  }

  removeGroup(id: string): void {
    if (!this.head.ui?.groups && !this.own.has("groups")) return;
    this.putGroup({ id, title: "", nodes: [] });
  }

  private grouped() {
    if (!this.byGroup) {
      const [groups, of] = [new Map<string, Group>(), new Map<string, string[]>()];
      for (const group of groupsOf(this.head)) {
        groups.set(group.id, group);
        for (const node of group.nodes) of.set(node, [...(of.get(node) ?? []), group.id]);
      }
      this.byGroup = { groups, of };
    }
    return this.byGroup;
  }
}

function link(ends: Map<string, Set<JourneyEdge>>, edge: JourneyEdge): void {
  for (const id of [edge.from, edge.to]) {
    const known = ends.get(id);
    if (known) known.add(edge);
    else ends.set(id, new Set([edge]));
  }
}
