/** Where a node leads: each way with what comes next. Connecting works here without a pointer. */

import { exits, isPlain, strayHandles } from "../model/handles";
import { whyNot } from "../model/edits";
import { titleOf } from "../model/sentences";
import type { Handle, JourneyNode, NodeType } from "../model/types";
import { shown, useEditor, useStore } from "./context";
import { IconButton } from "./controls";
import { t } from "../words";

export function Ways({ node, type, editable }: { node: JourneyNode; type: NodeType | undefined; editable: boolean }) {
  const doc = useEditor(shown);
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
}

function Way({ node, handle, editable }: { node: JourneyNode; handle: Handle; editable: boolean }) {
  const store = useStore();
  const doc = useEditor(shown);
  const types = useEditor((s) => s.types);
  const edges = doc.edges.filter((e) => e.from === node.id && e.handle === handle.name);
  const name = (id: string) => {
    const found = doc.nodes.find((n) => n.id === id);
    return found ? titleOf(found, types.get(found.type)) : id;
  };
  const free = doc.nodes.filter(
    (n) => whyNot(doc, { from: node.id, handle: handle.name, to: n.id }, types) === null,
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
            {free.map((other) => (
              <option key={other.id} value={other.id}>
                {name(other.id)}
              </option>
            ))}
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
