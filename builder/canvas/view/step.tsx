/** A node on the canvas: its tile, its title, the sentence that says what it does, its handles. */

import { Handle as Port, Position, type Node, type NodeProps } from "@xyflow/react";
import { memo } from "react";

import { meanings } from "../model/meanings";
import { sentenceOf, titleOf } from "../model/sentences";
import type { Place, Shape } from "../model/size";
import type { JourneyNode, NodeType } from "../model/types";
import { tallyWords } from "../model/problems";
import type { NodeDecor } from "../state/decor";
import { countOf } from "../state/geometry";
import { panel } from "../commands/state";
import { TryHere } from "../trying/here";
import { t } from "../words";
import { listText } from "../words/formats";
import { ProblemBadge } from "./badge";
import { useNodeDecor, useStore } from "./context";
import { IconButton } from "./controls";
import { useFar } from "./far";
import { Icon } from "./icons";
import { CATEGORIES, Tile } from "./tile";

export interface StepData extends Record<string, unknown> {
  node: JourneyNode;
  type: NodeType | undefined;
  shape: Shape;
  used: string;
  errors: number;
  warnings: number;
  came: number | null;
  waiting: number;
  left: { [handle: string]: number } | null;
  editable: boolean;
  onPort: (node: string, handle: string, at: HTMLElement) => void;
  onCopy: (node: string) => void;
  onDelete: (node: string) => void;
}

export type StepNode = Node<StepData, "step">;

const BORDER = 1; // handles are placed from the inside of the node's border

export const Step = memo(function Step(props: NodeProps<StepNode>) {
  return useFar() ? <Speck {...props} /> : <Near {...props} />;
});

/** From afar: the shape of its category alone. */
function Speck({ id, data, selected, dragging }: NodeProps<StepNode>) {
  const over = useNodeDecor(id);
  return (
    <div
      className="wj-node wj-speck"
      data-testid={`node-${id}`}
      data-category={data.type?.category ?? "logic"}
      data-selected={selected || undefined}
      data-dragging={dragging || undefined}
      data-error={data.errors > 0 || undefined}
      data-off={data.node.disabled || undefined}
      data-tone={over?.tone}
      title={over?.says}
      style={{ width: data.shape.width, height: data.shape.height, ...heat(over?.heat) }}
    />
  );
}

function Near({ id, data, selected, dragging }: NodeProps<StepNode>) {
  const { node, type, shape } = data;
  const category = type?.category ?? "logic";
  const title = titleOf(node, type);
  const sentence = sentenceOf(node, type);
  const over = useNodeDecor(id);
  const inside = shape.handles.some((place) => place.side === "right");
  return (
    <div
      className="wj-node"
      data-testid={`node-${id}`}
      data-category={category}
      data-selected={selected || undefined}
      data-dragging={dragging || undefined}
      data-error={data.errors > 0 || undefined}
      data-off={node.disabled || undefined}
      data-tone={over?.tone}
      title={over?.says}
      style={{ width: shape.width, height: shape.height, ...heat(over?.heat) }}
    >
      {category === "trigger" ? null : (
        <Port type="target" position={Position.Top} className="wj-entry" isConnectableStart={false} />
      )}
      <div className="wj-node-main">
        <Tile category={category} icon={type?.icon ?? "circle-help"} />
        <div className="wj-node-words">
          <div className="wj-node-title">{title}</div>
          <div className="wj-node-sentence" title={sentence}>
            {sentence}
          </div>
        </div>
      </div>
      {inside ? <div className="wj-node-rows" style={{ height: shape.rows }} /> : null}
      <Badge {...data} selected={selected} />
      {over ? <Over over={over} /> : null}
      {shape.handles.map((place) => (
        <Out key={place.handle.name} id={id} place={place} data={data} selected={selected} />
      ))}
      {data.editable ? (
        <div className="wj-node-actions nodrag">
          <TryHere id={id} title={title} />
          <IconButton icon="copy" label={t("adding.duplicate", { name: title })} onClick={() => data.onCopy(id)} />
          <IconButton icon="trash-2" label={t("adding.delete", { name: title })} onClick={() => data.onDelete(id)} />
          <MenuButton id={id} title={title} />
        </div>
      ) : null}
    </div>
  );
}

/** Opens the node's menu, as a right click does. */
function MenuButton({ id, title }: { id: string; title: string }) {
  const store = useStore();
  return (
    <button
      type="button"
      className="wj-icon-button"
      aria-label={t("commands.more", { name: title })}
      title={t("commands.more", { name: title })}
      aria-haspopup="menu"
      onClick={(event) => {
        const { left, bottom } = event.currentTarget.getBoundingClientRect();
        if (!store.get().selected.has(id)) store.select([id]);
        panel(store).set({ open: { kind: "menu", node: id, spot: { x: left, y: bottom } } });
      }}
    >
      <Icon name="ellipsis" />
    </button>
  );
}

function Badge({ node, errors, warnings, waiting, selected }: StepData & { selected: boolean }) {
  const all = [
    errors ? tallyWords(errors, "error") : "",
    warnings ? tallyWords(warnings, "warning") : "",
    waiting ? t("adding.waiting", { count: waiting }) : "",
  ].filter(Boolean);
  if (all.length === 0) return null;
  const kind = errors ? "error" : warnings ? "warning" : "waiting";
  if (kind !== "waiting") {
    return <ProblemBadge node={node.id} kind={kind} text={all[0] ?? ""} title={all.join(", ")} reachable={selected} />;
  }
  return (
    <span className="wj-badge wj-node-badge" data-kind={kind} title={all.join(", ")}>
      <Icon name="clock" size={12} />
      {all[0]}
    </span>
  );
}

function heat(warmth: number | undefined): React.CSSProperties {
  return warmth === undefined ? {} : ({ "--wj-heat": warmth } as React.CSSProperties);
}

/** What lies over the node: a word about a test or a diff, and who else is at it. */
function Over({ over }: { over: NodeDecor }) {
  return (
    <>
      {over.badge ? (
        <span className="wj-badge wj-over-badge" data-tone={over.tone} title={over.badge.title}>
          <Icon name={over.badge.icon} size={12} />
          {over.badge.text}
        </span>
      ) : null}
      {over.people?.length ? (
        <span className="wj-over-people">
          {over.people.map(({ name, color }) => (
            <i key={name} style={{ background: color }}>
              {name}
            </i>
          ))}
        </span>
      ) : null}
    </>
  );
}

interface OutProps {
  id: string;
  place: Place;
  data: StepData;
  selected: boolean;
}

function Out({ id, place, data, selected }: OutProps) {
  const { name, label } = place.handle;
  const used = data.used.split("\n").includes(name);
  const left = countOf(data.left ?? undefined, name, used || !place.handle.folded);
  const right = place.side === "right";
  const open = (at: HTMLElement) => data.onPort(id, name, at);
  const means = meanings(data.node, data.type).get(name)?.long;
  return (
    <Port
      type="source"
      id={name}
      position={right ? Position.Right : Position.Bottom}
      className={place.kind === "ring" ? "wj-ring" : "wj-pill"}
      style={{ left: place.x - BORDER, top: place.y - BORDER, width: place.kind === "pill" ? place.width : undefined }}
      data-testid={`handle-${id}-${name}`}
      data-hidden={place.hidden || undefined}
      data-side={place.side}
      data-unused={!used || undefined}
      data-editable={data.editable || undefined}
      isConnectable={data.editable}
      isConnectableEnd={false}
      role="button"
      tabIndex={selected && data.editable ? 0 : -1}
      title={means}
      aria-description={means}
      aria-label={t("adding.after_handle", { label: left ? `${label} ${left}` : label, name: titleOf(data.node, data.type) })}
      onClick={(event) => open(event.currentTarget)}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        event.stopPropagation();
        open(event.currentTarget);
      }}
    >
      {place.kind === "ring" ? (
        <span className="wj-plus">
          <Icon name="plus" />
        </span>
      ) : (
        <>
          <b>{label}</b> {left ? <i>{left}</i> : null}
        </>
      )}
    </Port>
  );
}

/** What a screen reader says of the node: "What is it about, AI, reads …, no problems". */
export function accessibleName(data: StepData): string {
  const word = CATEGORIES.find((c) => c.category === data.type?.category)?.word ?? t("adding.node");
  const problems = [
    data.errors ? tallyWords(data.errors, "error") : "",
    data.warnings ? tallyWords(data.warnings, "warning") : "",
  ].filter(Boolean);
  return [
    titleOf(data.node, data.type),
    word,
    sentenceOf(data.node, data.type),
    data.came === null ? "" : t("adding.customers", { count: data.came }),
    data.waiting ? t("adding.waiting", { count: data.waiting }) : "",
    listText(problems) || t("adding.no_problems"),
  ]
    .filter(Boolean)
    .join(", ");
}
