/**
 * What lies over the nodes and lines for the time being: a diff, a test's path, who has selected
 * what, where people leave. Each source has its own layer; taking it away restores the canvas.
 */

import { perStore } from "./feature";
import { Slice } from "./slice";

/** The tones that css/decor.css draws; a node shows the first of its layers that has one. */
export type Tone = "added" | "removed" | "changed" | "moved" | "running" | "passed" | "failed" | "skipped" | "quiet" | "pinned" | "found";

export interface NodeDecor {
  tone?: Tone;
  /** A short text beside the node's badge, with its tooltip. */
  badge?: { icon: string; text: string; title?: string };
  /** People who have selected it. */
  people?: readonly { name: string; color: string }[];
  /** 0 to 1: how warm the node is drawn, with the sentence that says why. */
  heat?: number;
  /** For screen readers, and as a tooltip. */
  says?: string;
}

export interface LineDecor {
  tone?: Tone;
  /** 0 to 1: how wide. */
  share?: number;
  text?: string;
}

export interface Layer {
  nodes: ReadonlyMap<string, NodeDecor>;
  /** By `edgeId`. */
  lines?: ReadonlyMap<string, LineDecor>;
}

export class Decor {
  readonly slice = new Slice<{ layers: ReadonlyMap<string, Layer> }>({ layers: new Map() });

  /** Lays a layer, or takes it away with null. */
  put(name: string, layer: Layer | null): void {
    const layers = new Map(this.slice.get().layers);
    if (layer) layers.set(name, layer);
    else if (!layers.delete(name)) return;
    this.slice.set({ layers });
  }

  node(id: string): NodeDecor | undefined {
    return merged([...this.slice.get().layers.values()].map((layer) => layer.nodes.get(id)));
  }

  line(id: string): LineDecor | undefined {
    return merged([...this.slice.get().layers.values()].map((layer) => layer.lines?.get(id)));
  }
}

function merged<T extends object>(found: (T | undefined)[]): T | undefined {
  const some = found.filter((one) => one !== undefined);
  if (some.length < 2) return some[0];
  return Object.assign({}, ...some.reverse()) as T; // the layer laid first wins
}

export const decor = perStore(() => new Decor());
