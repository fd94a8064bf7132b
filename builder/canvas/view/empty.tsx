/** What stands on an empty canvas: what it is for, and the first step. */

import { useEditor, useStore } from "./context";
import { Tile } from "./tile";

export function EmptyCanvas() {
  const store = useStore();
  const types = useEditor((s) => s.types);
  const editable = useEditor((s) => s.mode === "draft" && s.canEdit);
  const triggers = [...types.values()].filter((t) => t.category === "trigger");
  return (
    <div className="wj-empty">
      <h2>What starts this journey?</h2>
      <p>Choose it here, or drag any node from the left. Nothing is sent until you publish.</p>
      <div className="wj-empty-list">
        {editable
          ? triggers.map((type) => (
              <button key={type.type} type="button" className="wj-empty-item" onClick={() => store.add(type, { at: [0, 0] })}>
                <Tile category={type.category} icon={type.icon} />
                <span>
                  <b>{type.title}</b>
                  <small>{type.summary}</small>
                </span>
              </button>
            ))
          : null}
      </div>
    </div>
  );
}
