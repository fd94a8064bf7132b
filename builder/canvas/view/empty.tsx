/** What stands on an empty canvas: what it is for, and the first step. */

import { add } from "../commands/doing";
import { t } from "../words";
import { useEditor, useStore } from "./context";
import { Tile } from "./tile";

export function EmptyCanvas() {
  const store = useStore();
  const types = useEditor((s) => s.types);
  const editable = useEditor((s) => s.mode === "draft" && s.canEdit);
  const narrow = matchMedia("(max-width: 767px)").matches;
  const triggers = [...types.values()].filter((t) => t.category === "trigger");
  return (
    <div className="wj-empty">
      <h2>{t("adding.start")}</h2>
      <p>{t(!editable ? "adding.empty" : narrow ? "adding.start_help_phone" : "adding.start_help")}</p>
      <div className="wj-empty-list">
        {editable
          ? triggers.map((type) => (
              <button key={type.type} type="button" className="wj-empty-item" data-testid={`start-${type.type}`} onClick={() => add(store, type, { at: [0, 0] })}>
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
