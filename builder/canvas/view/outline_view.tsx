/** The journey as a list: how it opens on a phone, and for whoever prefers to read it. */

import { useMemo } from "react";

import { outline } from "../model/outline";
import { ofNode } from "../model/problems";
import { sentenceOf, titleOf } from "../model/sentences";
import { shown, useEditor, useStore } from "./context";
import { EmptyCanvas } from "./empty";
import { Icon } from "./icons";
import { Tile } from "./tile";

export function Outline() {
  const store = useStore();
  const doc = useEditor(shown);
  const types = useEditor((s) => s.types);
  const selected = useEditor((s) => s.selected);
  const problems = useEditor((s) => (s.mode === "draft" ? s.problems : []));
  const counts = useEditor((s) => (s.journey.live ? s.counts : null));
  const items = useMemo(() => outline(doc, types), [doc, types]);
  if (doc.nodes.length === 0) return <EmptyCanvas />;
  return (
    <ol className="wj-outline" aria-label="The journey, from top to bottom" data-testid="outline">
      {items.map((item, i) => {
        const node = doc.nodes.find((n) => n.id === item.id);
        if (!node) return null;
        const type = types.get(node.type);
        const own = ofNode(problems, item.id);
        const error = own.some((p) => p.severity === "error");
        const waiting = counts?.nodes[item.id]?.waiting ?? 0;
        return (
          <li key={`${item.id}/${i}`} style={{ paddingLeft: Math.min(item.depth, 6) * 16 }}>
            {item.via ? (
              <span className="wj-via" data-hoped={item.via.hoped}>
                {item.via.label}
              </span>
            ) : null}
            {item.kind === "jump" ? (
              <button type="button" className="wj-jump" onClick={() => store.select([item.id])}>
                goes on with “{titleOf(node, type)}”
              </button>
            ) : (
              <button
                type="button"
                className="wj-outline-node"
                aria-current={selected.has(item.id) || undefined}
                data-off={node.disabled || undefined}
                data-testid={`outline-${item.id}`}
                onClick={() => store.select([item.id])}
              >
                <Tile category={type?.category ?? "logic"} icon={type?.icon ?? "circle-help"} />
                <span className="wj-node-words">
                  <b>{titleOf(node, type)}</b>
                  <small>{sentenceOf(node, type)}</small>
                </span>
                {own.length ? (
                  <span className="wj-badge" data-kind={error ? "error" : "warning"}>
                    <Icon name={error ? "circle-alert" : "triangle-alert"} size={12} />
                    {error ? "error" : "warning"}
                  </span>
                ) : waiting ? (
                  <span className="wj-badge" data-kind="waiting">
                    <Icon name="clock" size={12} />
                    {waiting} waiting
                  </span>
                ) : (
                  <Icon name="chevron-right" />
                )}
              </button>
            )}
          </li>
        );
      })}
    </ol>
  );
}
