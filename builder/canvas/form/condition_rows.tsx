/** The rows of a condition: groups, the grip that moves a row, and what can be added. */

import type { ComponentProps, ComponentType } from "react";

import { kindOf, neverDid, notIn, opposite, conditionWords, type Condition, type KnownKind } from "../model/conditions";
import { at, children, isGroup, type Place } from "../model/condition_tree";
import { fieldPath } from "../model/problems";
import { AtField, FIELD, fieldOf } from "../together/at_field";
import { t } from "../words";
import { Menu, type MenuItem } from "../view/controls";
import { Icon } from "../view/icons";
import { Compare, Did, Json, Segment } from "./condition_parts";
import { keyOf, useTree, type TreeView } from "./condition_state";
import { FieldProblem } from "./field_problem";
import { useForm } from "./scope";

interface RowProps {
  condition: Condition;
  place: Place;
  ConditionTree: TreeView;
}

export function ConditionRow(props: RowProps) {
  const { condition, place } = props;
  const tree = useTree();
  const kind = kindOf(condition);
  if (tree.asJson === keyOf(place) || kind === "unknown") return <Frame {...props} Part={Json} />;
  if (kind === "all" || kind === "any") return <Group {...props} />;
  if (kind === "did" || neverDid(condition)) return <Frame {...props} Part={Did} />;
  if (kind === "in_segment" || notIn(condition)) return <Frame {...props} Part={Segment} />;
  return kind === "not" ? <Not {...props} /> : <Frame {...props} Part={Compare} />;
}

/** A condition that is one sentence of controls. */
function Frame({ condition, place, ConditionTree, Part }: RowProps & { Part: ComponentType<ComponentProps<typeof Compare>> }) {
  const tree = useTree();
  const { node } = useForm();
  const words = conditionWords(condition) || t("conditions.unknown");
  const own = [...tree.at, ...pathOf(tree.condition, place)];
  const told = place.length ? fieldOf(node, own.join(".")) : undefined; // a row alone is the field
  return (
    <div
      className="wj-condition-row"
      role="group"
      aria-label={t("conditions.row", { n: (place.at(-1) ?? 0) + 1, what: words })}
      data-testid={`${idOf(tree.id, place)}-row`}
      data-row={keyOf(place)}
      data-over={overOf(tree, place)}
      {...{ [FIELD]: told }}
      {...dropZone(tree, place)}
    >
      <Grip condition={condition} place={place} words={words} />
      <div className="wj-condition-words">
        {told ? <AtField field={told} /> : null}
        <Part
          condition={condition}
          id={idOf(tree.id, place)}
          at={own}
          ConditionTree={ConditionTree}
          onChange={(next) => tree.set(place, next)}
        />
        <RowProblems place={place} />
      </div>
    </div>
  );
}

function Group({ condition, place, ConditionTree }: RowProps) {
  const tree = useTree();
  const kind = kindOf(condition) === "any" ? "any" : "all";
  const rows = children(condition);
  return (
    <div
      className="wj-condition-group"
      role="group"
      aria-label={conditionWords(condition)}
      data-row={keyOf(place)}
      data-inner={place.length > 0 || undefined}
      data-over={overOf(tree, place)}
    >
      <div className="wj-condition-line" {...(place.length ? dropZone(tree, place) : {})}>
        {place.length ? <Grip condition={condition} place={place} words={conditionWords(condition)} /> : null}
        <select
          className="wj-select"
          aria-label={t("conditions.groupKind")}
          data-testid={`${idOf(tree.id, place)}-kind`}
          value={kind}
          onChange={(event) => tree.set(place, { [event.target.value]: rows })}
        >
          <option value="all">{t("conditions.all")}</option>
          <option value="any">{t("conditions.any")}</option>
        </select>
        <span>{t(kind === "any" ? "conditions.ofTheseIs" : "conditions.ofThese")}</span>
      </div>
      {rows.map((row, i) => (
        <div className="wj-condition-item" key={i}>
          {i > 0 ? <span className="wj-condition-between">{t(kind === "any" ? "conditions.orBetween" : "conditions.andBetween")}</span> : null}
          <ConditionRow condition={row} place={[...place, i]} ConditionTree={ConditionTree} />
        </div>
      ))}
      <AddRow place={place} />
    </div>
  );
}

function Not({ condition, place, ConditionTree }: RowProps) {
  const tree = useTree();
  const inner = children(condition)[0];
  return (
    <div className="wj-condition-group" role="group" aria-label={conditionWords(condition)} data-row={keyOf(place)} data-inner data-over={overOf(tree, place)}>
      <div className="wj-condition-line" {...dropZone(tree, place)}>
        <Grip condition={condition} place={place} words={conditionWords(condition)} />
        <span>{t("conditions.notTrue")}</span>
      </div>
      {inner ? <ConditionRow condition={inner} place={[...place, 0]} ConditionTree={ConditionTree} /> : null}
    </div>
  );
}

/** Moves a row by mouse and by Alt with the arrow keys; its menu has all that can be done with it. */
function Grip({ condition, place, words }: { condition: Condition; place: Place; words: string }) {
  const tree = useTree();
  const n = (place.at(-1) ?? 0) + 1;
  const nested = place.length > 1;
  const items: MenuItem[] = [
    ...(place.length
      ? [
          { label: t("conditions.moveUp"), icon: "arrow-up", hint: "Alt ↑", onSelect: () => tree.move(place, -1) },
          { label: t("conditions.moveDown"), icon: "arrow-down", hint: "Alt ↓", onSelect: () => tree.move(place, 1) },
        ]
      : []),
    { label: t("conditions.moveIn"), icon: "chevron-right", hint: "Alt →", onSelect: () => tree.wrap(place) },
    ...(nested ? [{ label: t("conditions.moveOut"), icon: "chevron-left", hint: "Alt ←", onSelect: () => tree.moveOut(place) }] : []),
    { label: t("conditions.negate"), icon: "shuffle", onSelect: () => tree.set(place, opposite(condition)) },
    { label: t("conditions.duplicate"), icon: "copy", hint: "Ctrl D", onSelect: () => tree.duplicate(place) },
    { label: t("conditions.asJson"), icon: "settings-2", onSelect: () => tree.json(place) },
    { label: t("conditions.remove"), icon: "trash-2", hint: "Del", danger: true, onSelect: () => tree.remove(place) },
  ];
  const keys: { [key: string]: () => void } = {
    "Alt ArrowUp": () => tree.move(place, -1),
    "Alt ArrowDown": () => tree.move(place, 1),
    "Alt ArrowLeft": () => tree.moveOut(place),
    "Alt ArrowRight": () => tree.wrap(place),
    "Ctrl d": () => tree.duplicate(place),
    Delete: () => tree.remove(place),
  };
  return (
    <span
      className="wj-row-grip"
      data-grip={keyOf(place)}
      data-own-keys
      draggable={place.length > 0}
      title={t("conditions.gripHint")}
      onDragStart={(event) => {
        event.stopPropagation();
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/x-wayline-condition", keyOf(place));
        tree.drag(place);
      }}
      onDragEnd={() => {
        tree.drag(null);
        tree.hover(null);
      }}
      onKeyDown={(event) => {
        if (!(event.target as HTMLElement).matches("[aria-haspopup]")) return; // its menu has keys of its own
        const name = `${event.altKey ? "Alt " : ""}${event.ctrlKey || event.metaKey ? "Ctrl " : ""}${event.key}`;
        const action = keys[name];
        if (!action || (name.startsWith("Alt ArrowU") && !place.length)) return;
        event.preventDefault();
        event.stopPropagation();
        action();
      }}
    >
      <Menu label={t("conditions.grip", { n, what: words })} button={<Icon name="grip-vertical" />} items={items} align="start" testId={`${idOf(tree.id, place)}-grip`} />
    </span>
  );
}

const KINDS: readonly KnownKind[] = ["field", "did", "in_segment", "any", "all", "not"];

export function AddRow({ place }: { place: Place }) {
  const tree = useTree();
  const { editable } = useForm();
  const id = idOf(tree.id, place);
  const group = tree.condition ? at(tree.condition, place) : undefined;
  if (!editable) return null;
  return (
    <div className="wj-add-row" data-over={isGroup(group) && overOf(tree, place) === "inside" ? "inside" : undefined} {...(isGroup(group) ? dropZone(tree, place, "inside") : {})}>
      <button type="button" className="wj-add" data-testid={`${id}-add`} onClick={() => tree.add(place, "field")}>
        <Icon name="plus" />
        {t("conditions.add")}
      </button>
      <select
        className="wj-select"
        data-quiet
        aria-label={t("conditions.addKind")}
        data-testid={`${id}-add-kind`}
        value=""
        onChange={(event) => tree.add(place, event.target.value as KnownKind)}
      >
        <option value="">{t("conditions.ofKind")}</option>
        {KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {t(`conditions.kind.${kind}`)}
          </option>
        ))}
      </select>
    </div>
  );
}

/** What is wrong with this very row. */
function RowProblems({ place }: { place: Place }) {
  const { problems } = useForm();
  const tree = useTree();
  const own = [...tree.at, ...pathOf(tree.condition, place)];
  if (place.length === 0 && own.length === 0) return null;
  const found = problems.filter((p) => {
    const parts = fieldPath(p.path);
    return parts.length > tree.at.length && own.every((part, i) => parts[i] === part);
  });
  return (
    <>
      {found.map((problem, i) => (
        <FieldProblem key={i} problem={problem} />
      ))}
    </>
  );
}

/** The path into the JSON of a place: [1, 0] is all, 1, not. */
function pathOf(condition: Condition | null, place: Place): string[] {
  const found: string[] = [];
  let now = condition ?? undefined;
  for (const i of place) {
    if (!now) return found;
    const kind = kindOf(now);
    found.push(kind, ...(kind === "not" ? [] : [String(i)]));
    now = children(now)[i];
  }
  return found;
}

function idOf(id: string, place: Place): string {
  return [id, ...place].join("-");
}

type Tree = ReturnType<typeof useTree>;

function overOf(tree: Tree, place: Place): string | undefined {
  return tree.over && keyOf(tree.over.place) === keyOf(place) ? tree.over.side : undefined;
}

function dropZone(tree: Tree, place: Place, inside?: "inside") {
  const side = (event: React.DragEvent): "before" | "after" => {
    const box = event.currentTarget.getBoundingClientRect();
    return event.clientY < box.top + box.height / 2 ? "before" : "after";
  };
  return {
    onDragOver: (event: React.DragEvent) => {
      if (!tree.dragged) return;
      event.preventDefault();
      event.stopPropagation();
      const next = { place, side: inside ?? side(event) };
      if (tree.over?.side !== next.side || keyOf(tree.over.place) !== keyOf(place)) tree.hover(next);
    },
    onDrop: (event: React.DragEvent) => {
      if (!tree.dragged) return;
      event.preventDefault();
      event.stopPropagation();
      tree.drop();
    },
  };
}
