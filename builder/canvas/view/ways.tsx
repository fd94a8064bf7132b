/** Where a node leads: each way with what comes next. Connecting works here without a pointer. */

import { memo, useMemo } from "react";

import { exits, isPlain, strayHandles } from "../model/handles";
import { targets } from "../model/edits";
import { titleOf } from "../model/sentences";
import type { Handle, JourneyNode, NodeType } from "../model/types";
import { unplaced, useEditor, useStore } from "./context";
import { IconButton } from "./controls";
import { t } from "../words";

interface Props {
  node: JourneyNode;
  type: NodeType | undefined;
  editable: boolean;
}

export const Ways = memo(function Ways({ node, type, editable }: Props) {
  const doc = useEditor(unplaced);
  const known = exits(type, node.config);
  const ways = [...known, ...strayHandles(doc, node, known)];
  if (ways.length === 0) return null;
  return (
    <section className="wj-ways" aria-label={t("inspector.next")}>
      <h2 className="wj-heading">{t("inspector.next")}</h2>
      {ways.map((handle) => (
        <Way key={handle.name} node={node} handle={handle} editable={editable} />
      ))}
    </section>
  );
});

function Way({ node, handle, editable }: { node: JourneyNode; handle: Handle; editable: boolean }) {
  const store = useStore();
  const doc = useEditor(unplaced);
  const types = useEditor((s) => s.types);
  const edges = doc.edges.filter((e) => e.from === node.id && e.handle === handle.name);
  const name = (id: string) => {
    const found = doc.nodes.find((n) => n.id === id);
    return found ? titleOf(found, types.get(found.type)) : id;
  };
  const free = useMemo(
    () =>
      targets(doc, node.id, handle.name, types).map((other) => (
        <option key={other.id} value={other.id}>
          {titleOf(other, types.get(other.type))}
        </option>
      )),
    [doc, node.id, handle.name, types],
  );
  const label = isPlain(handle) ? t("inspector.then") : handle.label;
  return (
    <div className="wj-way">
      <span className="wj-via" data-hoped={handle.hoped}>
        {label}
      </span>
      <div>
        {edges.map((edge) => (
          <div className="wj-way-row" key={edge.to}>
            <button type="button" className="wj-link" onClick={() => store.select([edge.to])}>
              {name(edge.to)}
            </button>
            {editable ? (
              <IconButton
                icon="x"
                label={t("inspector.disconnect", { name: name(edge.to) })}
                onClick={() => store.edit({ label: t("inspector.did_disconnect"), ops: [{ op: "edge.del", ...edge }] })}
              />
            ) : null}
          </div>
        ))}
        {editable ? (
          <select
            className="wj-select"
            data-quiet
            aria-label={t("inspector.connect", { way: label })}
            data-testid={`connect-${handle.name}`}
            value=""
            onChange={(event) => store.connect({ from: node.id, handle: handle.name, to: event.target.value })}
          >
            <option value="">{edges.length ? t("inspector.same_time") : ending(handle)}</option>
            {free}
          </select>
        ) : edges.length === 0 ? (
          <span className="wj-quiet">{ending(handle)}</span>
        ) : null}
      </div>
    </div>
  );
}

function ending(handle: Handle): string {
  return t(handle.name === "failed" ? "inspector.fails" : "inspector.ends");
}
