/** The node types by category, with search. Drag one onto the canvas, or press Enter on it. */

import { useRef, useState } from "react";

import { DRAG_TYPE } from "./canvas";
import { useEditor, useStore } from "./context";
import { arrows, IconButton } from "./controls";
import { Icon } from "./icons";
import { matching } from "./quick_add";
import { CATEGORIES, Tile } from "./tile";

export function Palette({ onAdded }: { onAdded?: () => void }) {
  const store = useStore();
  const catalogue = useEditor((s) => s.catalogue);
  const editable = useEditor((s) => s.mode === "draft" && s.canEdit);
  const [search, setSearch] = useState("");
  const root = useRef<HTMLElement>(null);
  const found = matching(catalogue.types, search);
  return (
    <aside
      className="wj-palette"
      aria-label="Nodes"
      ref={root}
      onKeyDown={(event) => arrows(event, "input, .wj-palette-item")}
    >
      <div className="wj-search">
        <Icon name="search" />
        <input
          type="search"
          aria-label="Find a node"
          placeholder="Find a node"
          data-testid="palette-search"
          autoComplete="off"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          onKeyDown={(event) => {
            const first = found[0];
            if (event.key === "Escape") setSearch("");
            if (event.key !== "Enter" || !first || !search) return;
            store.add(first, {});
            setSearch("");
            onAdded?.();
          }}
        />
        <kbd aria-hidden="true">N</kbd>
      </div>
      <div className="wj-palette-list">
        {CATEGORIES.map(({ category, title }) => {
          const types = found.filter((type) => type.category === category);
          if (types.length === 0) return null;
          return (
            <section key={category} aria-label={title}>
              <h2 className="wj-heading">
                <Tile category={category} size={12} />
                {title}
              </h2>
              {types.map((type) => (
                <button
                  key={type.type}
                  type="button"
                  className="wj-palette-item"
                  data-category={category}
                  data-testid={`palette-item-${type.type}`}
                  title={type.summary}
                  disabled={!editable}
                  draggable={editable}
                  onDragStart={(event) => {
                    event.dataTransfer.setData(DRAG_TYPE, type.type);
                    event.dataTransfer.effectAllowed = "copy";
                  }}
                  onClick={() => {
                    store.add(type, {});
                    onAdded?.();
                  }}
                >
                  <Icon name={type.icon} />
                  <span>{type.title}</span>
                  <span className="wj-grip">
                    <Icon name="grip-vertical" />
                  </span>
                </button>
              ))}
            </section>
          );
        })}
        {found.length === 0 ? <p className="wj-quiet">No node is called that. Try another word.</p> : null}
      </div>
      <p className="wj-palette-foot">
        Drag a node, or press <kbd>Enter</kbd> to add it after the selected one.
      </p>
    </aside>
  );
}

/** The narrow strip that brings a folded panel back. */
export function Unfold({ side, label, onClick }: { side: "left" | "right"; label: string; onClick: () => void }) {
  return (
    <div className="wj-unfold" data-side={side}>
      <IconButton
        icon={side === "left" ? "panel-left-open" : "panel-right-open"}
        label={label}
        hint={side === "left" ? "[" : "]"}
        onClick={onClick}
      />
    </div>
  );
}
