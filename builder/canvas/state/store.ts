/** The editor's state: one immutable value, changed by the methods below, watched by the views. */

import * as edits from "../model/edits";
import { copied, pasted, readClip, room } from "../model/clipboard";
import { edgeId } from "../model/ops";
import { freeId } from "../model/names";
import { errorsFirst } from "../model/problems";
import { titleOf } from "../model/sentences";
import type { Config, JourneyEdge, NodeType, Op, Point } from "../model/types";
import { t } from "../words";
import { HasProblems } from "./api";
import { Draft, reason } from "./draft";
import { arranged } from "./geometry";

export { reason } from "./draft";
export { NOTHING, type State, type Surroundings } from "./state";

export class EditorStore extends Draft {
  private clip = "";

  select = (nodes: Iterable<string>, edges: Iterable<string> = []): void => {
    const selected = new Set(nodes);
    const panels =
      selected.size === 1 ? { ...this.state.panels, inspector: true } : this.state.panels;
    this.set({ selected, selectedEdges: new Set(edges), panels });
  };

  /** Adds a node: where it was dropped, on an edge, or below the selected node. */
  add = (
    type: NodeType,
    where: { at?: Point; after?: string; by?: string; place?: Point; on?: JourneyEdge },
  ): void => {
    const { document, types, selected } = this.state;
    const one = selected.size === 1 ? [...selected][0] : undefined;
    const after = where.after ?? one;
    let added: edits.Added;
    if (where.on) added = edits.insertOn(document, where.on, type);
    else if (where.at) added = edits.addNode(document, type, where.at);
    else if (after) added = edits.addAfter(document, types, after, type, where);
    else added = edits.addNode(document, type, this.end());
    this.edit({ label: t("together.add", { title: type.title }), ops: added.ops });
    if (!this.editable) return;
    this.select([added.id]);
    this.set({ message: t("together.added", { title: type.title }), reveal: where.at ? [] : [added.id] });
  };

  private end(): Point {
    const { document } = this.state;
    const lowest = Math.max(-120, ...document.nodes.map((n) => edits.positionOf(document, n.id)[1]));
    const first = document.nodes[0];
    return [first ? edits.positionOf(document, first.id)[0] : 0, lowest + 120];
  }

  removeSelection = (): void => {
    const { document, selected, selectedEdges, types } = this.state;
    const edges = document.edges.filter((e) => selectedEdges.has(edgeId(e)));
    const ops = edits.remove(document, selected, edges);
    const notes = (document.ui?.notes ?? []).filter((n) => selected.has(n.id));
    ops.push(...notes.map((n): Op => ({ op: "note.del", id: n.id })));
    const only = document.nodes.find((n) => selected.has(n.id));
    const one = selected.size === 1 && only ? titleOf(only, types.get(only.type)) : null;
    const label = one ? t("together.delete", { title: one }) : t("together.delete_some", { count: ops.length });
    this.edit({ label, ops });
    if (ops.length > 0 && this.editable) {
      this.set({ selected: new Set(), selectedEdges: new Set(), message: t("together.deleted") });
    }
  };

  configure = (id: string, config: Config, field = ""): void => {
    const { document, types } = this.state;
    const node = document.nodes.find((n) => n.id === id);
    if (!node) return;
    const ops = edits.setConfig(document, types, node, config, field);
    const label = t("together.change", { title: titleOf(node, types.get(node.type)) });
    this.edit({ label, ops, key: `${id}/${field}` });
  };

  connect = (edge: JourneyEdge): void => {
    const { document, types } = this.state;
    const why = edits.whyNot(document, edge, types);
    if (why) this.set({ message: why });
    else this.edit({ label: t("together.connect"), ops: edits.connect(document, edge) });
  };

  tidy = (): void => {
    const { document, types } = this.state;
    const ops = arranged(document, types);
    this.edit({ label: t("together.tidy"), ops });
    this.set({ message: t("together.tidied") });
  };

  addNote = (): void => {
    const { document } = this.state;
    const taken = new Set([...document.nodes, ...(document.ui?.notes ?? [])].map((n) => n.id));
    const [x, y] = this.end();
    const id = freeId("note", taken);
    this.edit({ label: t("together.add_note"), ops: [{ op: "note.set", id, text: "", position: [x + 280, y - 120] }] });
    this.select([id]);
  };

  // --- Clipboard -------------------------------------------------------------------------------

  copy = (): string | null => {
    const text = copied(this.state.document, this.state.selected);
    if (text) {
      this.clip = text;
      this.set({ message: t("together.copied", { count: this.state.selected.size }) });
    }
    return text;
  };

  paste = (text: string): void => {
    const clip = readClip(text || this.clip) ?? (text ? null : readClip(this.clip));
    if (!clip || clip.nodes.length + clip.notes.length === 0) return;
    const { ops, ids } = pasted(this.state.document, clip, room(this.state.document, clip), this.state.types);
    this.edit({ label: t("together.paste", { count: ids.length }), ops });
    if (!this.editable) return;
    this.select(ids);
    this.set({ message: t("together.pasted", { count: ids.length }), reveal: ids });
  };

  duplicate = (): void => {
    const text = copied(this.state.document, this.state.selected);
    if (text) this.paste(text);
  };

  // --- Problems and publishing -----------------------------------------------------------------

  /** Goes to a problem, round and round; its node is selected and moved into sight. */
  goTo = (index: number): void => {
    const { problems } = this.state;
    if (problems.length === 0) return;
    const at = ((index % problems.length) + problems.length) % problems.length;
    const node = problems[at]?.node;
    const known = node && this.state.document.nodes.some((n) => n.id === node);
    this.set({ problem: at, mode: "draft", ...(known ? { reveal: [node] } : {}) });
    this.select(known ? [node] : []);
  };

  publish = async (): Promise<void> => {
    const errors = this.state.problems.some((p) => p.severity === "error");
    if (errors && this.unsaved === 0) return this.openProblems();
    this.set({ publishing: true });
    try {
      if (!(await this.flush())) return;
      const { version, hooks } = await this.api.publish();
      const journey = await this.api.journey();
      const problems = errorsFirst(journey.problems);
      this.set({ published: { version, hooks }, journey, problems, message: t("together.live", { version }) });
      await this.count();
    } catch (error) {
      if (error instanceof HasProblems) this.set({ problems: errorsFirst(error.problems) });
      this.set({ message: reason(error) });
      if (error instanceof HasProblems) this.openProblems();
    } finally {
      this.set({ publishing: false });
    }
  };

  private openProblems(): void {
    this.set({ panels: { ...this.state.panels, problems: true } });
    this.goTo(0);
  }
}
