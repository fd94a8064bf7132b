/** "What happens next?": a searchable list of node types (and nodes) at a place on the canvas. */

import { useEffect, useRef, useState } from "react";

import { titleOf } from "../model/sentences";
import type { JourneyDocument, NodeType, Types } from "../model/types";
import { arrows, useOutside } from "./controls";
import { Tile } from "./tile";

export interface Asking {
  /** Where the list opens, in pixels of the canvas. */
  x: number;
  y: number;
  title: string;
  /** Only triggers can begin a journey, and nothing leads to them. */
  beginning: boolean;
  /** Nodes that can be connected instead of adding a new one. */
  targets: string[];
  choose: (type: NodeType) => void;
  connect: (node: string) => void;
}

export function QuickAdd(props: { ask: Asking; types: Types; doc: JourneyDocument; onClose: () => void }) {
  const { ask, types, doc, onClose } = props;
  const [search, setSearch] = useState("");
  const root = useRef<HTMLDivElement>(null);
  const before = useRef<Element | null>(null);
  useOutside(root, true, onClose);
  useEffect(() => {
    before.current = document.activeElement;
    root.current?.querySelector("input")?.focus();
  }, []);
  const close = () => {
    onClose();
    if (before.current instanceof HTMLElement) before.current.focus();
  };
  const found = matching([...types.values()], search).filter(
    (type) => (type.category === "trigger") === ask.beginning,
  );
  const nodes = doc.nodes.filter(
    (n) => ask.targets.includes(n.id) && fits(`${titleOf(n, types.get(n.type))}`, search),
  );
  return (
    <div
      className="wj-quick nowheel nopan"
      ref={root}
      role="dialog"
      aria-label={ask.title}
      style={{ left: ask.x, top: ask.y }}
      onKeyDown={(event) => arrows(event, "input, .wj-quick-item", close)}
    >
      <label className="wj-quick-title" htmlFor="wj-quick-search">
        {ask.title}
      </label>
      <input
        id="wj-quick-search"
        className="wj-input"
        placeholder="Find a node"
        autoComplete="off"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          event.preventDefault();
          root.current?.querySelector<HTMLElement>(".wj-quick-item")?.click();
        }}
      />
      <div className="wj-quick-list">
        {found.map((type) => (
          <button key={type.type} type="button" className="wj-quick-item" title={type.summary} onClick={() => ask.choose(type)}>
            <Tile category={type.category} icon={type.icon} size={24} />
            <span>{type.title}</span>
          </button>
        ))}
        {nodes.length ? <div className="wj-quick-head">Or connect to</div> : null}
        {nodes.map((node) => {
          const type = types.get(node.type);
          return (
            <button key={node.id} type="button" className="wj-quick-item" onClick={() => ask.connect(node.id)}>
              <Tile category={type?.category ?? "logic"} icon={type?.icon} size={24} />
              <span>{titleOf(node, type)}</span>
            </button>
          );
        })}
        {found.length + nodes.length === 0 ? <p className="wj-quiet">No node is called that.</p> : null}
      </div>
    </div>
  );
}

export function matching(types: readonly NodeType[], search: string): NodeType[] {
  return types.filter((type) => fits(`${type.title} ${type.summary} ${type.type}`, search));
}

function fits(text: string, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return words.every((word) => text.toLowerCase().includes(word));
}
