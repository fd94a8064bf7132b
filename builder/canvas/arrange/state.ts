/** What the arranging parts remember for one editor, beside the document. */

import type { ReactFlowInstance } from "@xyflow/react";

import { groupsOf } from "../model/groups";
import type { Point } from "../model/types";
import { perStore } from "../state/feature";
import { Slice } from "../state/slice";
import type { EditorStore } from "../state/store";
import { t } from "../words";

export interface ArrangeState {
  /** Groups that are unfolded here although the document folds them: a problem was looked at. */
  open: ReadonlySet<string>;
  /** The places are being found by the worker. */
  busy: boolean;
  /** Nodes move to their places, so that the eye can follow. */
  gliding: boolean;
  /** The group whose title is being written. */
  naming: string | null;
}

export class Arranging {
  readonly slice = new Slice<ArrangeState>({ open: new Set(), busy: false, gliding: false, naming: null });
  /** The canvas, once it is drawn: for what moves the view by a key. */
  flow: Pick<ReactFlowInstance, "fitView" | "zoomIn" | "zoomOut" | "zoomTo"> | null = null;
  /** Where the frames and cards of groups stand, as React Flow is told. */
  anchors: ReadonlyMap<string, Point> = new Map();

  constructor(private readonly store: EditorStore) {}

  /** Folds a group up or unfolds it: in the document for whoever may edit, else only here. */
  fold(id: string, collapsed: boolean): void {
    const { open } = this.slice.get();
    const next = new Set(open);
    next.delete(id);
    const group = groupsOf(this.store.get().document).find((g) => g.id === id);
    if (!group) return;
    if (this.store.editable && Boolean(group.collapsed) !== collapsed) {
      this.slice.set({ open: next });
      const { collapsed: _, ...rest } = group;
      const ops = [{ op: "group.set" as const, ...rest, ...(collapsed ? { collapsed } : {}) }];
      this.store.edit({ label: t(collapsed ? "arrange.did_fold" : "arrange.did_unfold"), ops });
    } else {
      if (!collapsed) next.add(id);
      this.slice.set({ open: next });
    }
  }

  /** Folds the group of what is selected up, or unfolds it. */
  toggle(): void {
    const { document, selected } = this.store.get();
    const { open } = this.slice.get();
    for (const group of groupsOf(document)) {
      if (!group.nodes.some((id) => selected.has(id))) continue;
      this.fold(group.id, !group.collapsed || open.has(group.id));
    }
  }

  /** Unfolds, only here, the group that hides a node. */
  uncover(node: string): boolean {
    const { open } = this.slice.get();
    const hides = groupsOf(this.store.get().document).find(
      (g) => g.collapsed && !open.has(g.id) && g.nodes.includes(node),
    );
    if (hides) this.slice.set({ open: new Set([...open, hides.id]) });
    return hides !== undefined;
  }
}

export const arranging = perStore((store) => new Arranging(store));
