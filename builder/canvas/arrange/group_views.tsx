/** A group on the canvas: the frame around its nodes, or folded up the card that stands for them. */

import { Handle as Port, Position, useReactFlow, type Node, type NodeProps } from "@xyflow/react";
import { memo, useEffect, useRef, useState } from "react";

import type { Group } from "../model/types";
import { useSlice, useStore } from "../view/context";
import { IconButton } from "../view/controls";
import { useFar } from "../view/far";
import { Icon } from "../view/icons";
import { show } from "../view/viewport";
import { t } from "../words";
import { tallyWords, type GroupData } from "./group_nodes";
import { arranging } from "./state";

const HEAD = { above: 40, width: 320, height: 32 }; // of the title, and the switch of the views over it

export const Frame = memo(function Frame({ data, positionAbsoluteX: x, positionAbsoluteY: y }: NodeProps<Node<GroupData, "frame">>) {
  const { group } = data;
  return (
    <section className="wj-frame" data-color={group.color ?? 0} data-selected={data.chosen || undefined} data-testid={`group-${group.id}`}>
      <header className="wj-frame-head wj-group-grip">
        <Fold group={group} up={false} />
        <Title group={group} editable={data.editable} x={x} y={y} />
      </header>
      <i className="wj-group-grip" data-side="left" />
      <i className="wj-group-grip" data-side="right" />
      <i className="wj-group-grip" data-side="bottom" />
    </section>
  );
});

export const Card = memo(function Card({ data, selected, dragging }: NodeProps<Node<GroupData, "card">>) {
  const { group, shape } = data;
  const feature = arranging(useStore());
  const far = useFar();
  return (
    <div
      className="wj-node wj-group-card wj-group-grip"
      data-testid={`group-${group.id}`}
      data-color={group.color ?? 0}
      data-selected={selected || undefined}
      data-dragging={dragging || undefined}
      data-error={data.errors > 0 || undefined}
      style={{ width: shape.width, height: shape.height }}
      onDoubleClick={() => feature.fold(group.id, false)}
    >
      <Port type="target" position={Position.Top} className="wj-entry" isConnectable={false} />
      <div className="wj-node-main">
        <span className="wj-group-tile">
          <Icon name="layers" size={16} />
        </span>
        <div className="wj-node-words">
          <div className="wj-node-title">{group.title}</div>
          <div className="wj-node-sentence" title={tallyWords(data)}>
            {tallyWords(data)}
          </div>
        </div>
        <Fold group={group} up />
      </div>
      {far ? null : <Worst data={data} />}
      {shape.handles.map(({ handle, kind, side, x, y, width }) => (
        <Port
          key={handle.name}
          type="source"
          id={handle.name}
          position={side === "right" ? Position.Right : Position.Bottom}
          className={kind === "ring" ? "wj-ring" : "wj-pill"}
          style={{ left: x - 1, top: y - 1, width: kind === "pill" ? width : undefined }}
          isConnectable={false}
          data-side={side}
        >
          {kind === "pill" ? <b>{handle.label}</b> : null}
        </Port>
      ))}
    </div>
  );
});

function Worst({ data }: { data: GroupData }) {
  const kind = data.errors ? "error" : data.warnings ? "warning" : data.waiting ? "waiting" : null;
  if (!kind) return null;
  const icon = { error: "circle-alert", warning: "triangle-alert", waiting: "clock" }[kind];
  const count = kind === "waiting" ? data.waiting : data.errors + data.warnings;
  return (
    <span className="wj-badge wj-node-badge" data-kind={kind} title={tallyWords(data)}>
      <Icon name={icon} size={12} />
      {t(kind === "waiting" ? "arrange.waiting" : "arrange.problems", { count })}
    </span>
  );
}

function Fold({ group, up }: { group: Group; up: boolean }) {
  const feature = arranging(useStore());
  return (
    <span className="nodrag wj-group-fold">
      <IconButton
        icon={up ? "chevron-right" : "chevron-down"}
        label={t(up ? "arrange.unfold" : "arrange.fold", { title: group.title })}
        onClick={() => feature.fold(group.id, !up)}
        testId={`fold-${group.id}`}
      />
    </span>
  );
}

/** The frame's title; a double click, or "Rename group", makes a field of it. */
function Title({ group, editable, x, y }: { group: Group; editable: boolean; x: number; y: number }) {
  const store = useStore();
  const feature = arranging(store);
  const naming = useSlice(feature.slice, (s) => s.naming === group.id) && editable;
  const [draft, setDraft] = useState(group.title);
  const field = useRef<HTMLInputElement>(null);
  const flow = useReactFlow();
  const far = useFar(); // then no title is drawn
  useEffect(() => {
    if (naming) setDraft(group.title);
  }, [naming, group.title]);
  useEffect(() => {
    if (naming) show(flow, { left: x, right: x + HEAD.width, top: y - HEAD.above, bottom: y + HEAD.height });
    // Where it is when it is asked for; afterwards the view is its person's.
  }, [naming]);
  useEffect(() => {
    if (!naming || far) return;
    field.current?.focus({ preventScroll: true });
    field.current?.select();
  }, [naming, far]);
  if (!naming) {
    return (
      <b
        className="wj-frame-title"
        title={editable ? t("arrange.rename_hint") : undefined}
        onDoubleClick={() => editable && feature.slice.set({ naming: group.id })}
      >
        {group.title}
      </b>
    );
  }
  const done = (keep: boolean) => {
    const title = draft.trim();
    feature.slice.set({ naming: null });
    if (keep && title && title !== group.title) {
      store.edit({ label: t("arrange.did_rename"), ops: [{ op: "group.set", ...group, title }] });
    }
  };
  return (
    <input
      ref={field}
      className="wj-frame-field nodrag"
      aria-label={t("arrange.title")}
      maxLength={200}
      value={draft}
      data-testid={`title-${group.id}`}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={() => done(true)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Enter") done(true);
        if (event.key === "Escape") done(false);
      }}
    />
  );
}
