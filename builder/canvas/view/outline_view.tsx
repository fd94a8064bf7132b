/**
 * The journey as a tree of rows: the complete equivalent of the canvas for screen readers, for
 * building by keyboard, and on a phone. Up and Down go from row to row; what the keys do to a node
 * comes from the registry of commands, as on the canvas.
 */

import { useMemo, useRef, useState, type KeyboardEvent } from "react";

import { disconnect } from "../commands/doing";
import { goTo } from "../commands/focus";
import { ask } from "../commands/opening";
import { panel, type Spot } from "../commands/state";
import { groupIds, groupsOf } from "../model/groups";
import { outline, type Item } from "../model/outline";
import { ofNode, tally } from "../model/problems";
import { sentenceOf, titleOf } from "../model/sentences";
import type { JourneyNode, NodeType, Problem } from "../model/types";
import { t } from "../words";
import { shown, useEditor, useNodeDecor, useStore } from "./context";
import { EmptyCanvas } from "./empty";
import { Icon } from "./icons";
import { CATEGORIES, Tile } from "./tile";

const DEEPEST = 6; // rows further in are not moved further to the right

export function Outline() {
  const store = useStore();
  const doc = useEditor(shown);
  const types = useEditor((s) => s.types);
  const selected = useEditor((s) => s.selected);
  const editable = useEditor((s) => s.mode === "draft" && s.canEdit);
  const problems = useEditor((s) => (s.mode === "draft" ? s.problems : NONE));
  const counts = useEditor((s) => (s.journey.live ? s.counts : null));
  const items = useMemo(() => outline(doc, types), [doc, types]);
  const groups = useMemo(() => groupIds(doc), [doc]);
  const titles = useMemo(() => new Map(groupsOf(doc).map((group) => [group.id, group.title])), [doc]);
  const tree = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<string | null>(null);
  if (doc.nodes.length === 0) return <EmptyCanvas />;
  const keys = items.map(keyOf);
  const [one] = selected;
  const own = one === undefined ? -1 : items.findIndex((item) => item.kind === "node" && item.id === one);
  const known = at === null ? -1 : keys.indexOf(at);
  const roving = known >= 0 ? known : Math.max(0, own);

  const move = (to: number) => {
    const item = items[to];
    const row = tree.current?.querySelectorAll<HTMLElement>('[role="treeitem"]')[to];
    if (!item || !row) return;
    setAt(keyOf(item));
    row.focus();
    row.scrollIntoView({ block: "nearest" });
    store.select(item.kind === "node" ? [item.id] : []);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target instanceof Element && !event.target.matches('[role="treeitem"]')) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const item = items[roving];
    const here = items.findIndex((other) => other.kind === "node" && other.id === item?.way?.from);
    const inside = items[roving + 1];
    const to = {
      ArrowDown: Math.min(items.length - 1, roving + 1),
      ArrowUp: Math.max(0, roving - 1),
      Home: 0,
      End: items.length - 1,
      ArrowLeft: here < 0 ? roving : here,
      ArrowRight: item && inside?.way?.from === item.id ? roving + 1 : roving,
    }[event.key];
    const acts = item && (event.key === "Enter" || event.key === " " || (item.kind === "jump" && event.key === "Delete"));
    if (to === undefined && !acts) return;
    if (to !== undefined) {
      event.preventDefault();
      return move(to);
    }
    if (item?.kind === "node" && event.key === "Enter") return; // the registry opens its settings
    event.preventDefault();
    if (item?.kind === "node") store.select([item.id]);
    else if (item?.kind === "jump" && event.key === "Delete") cut(item);
    else if (item?.kind === "jump") goTo(store, item.id);
    else if (item?.way) ask(store, { node: item.way.from, handle: item.way.handle });
  };
  const cut = (item: Item) => {
    if (item.way && editable) disconnect(store, { ...item.way, to: item.id });
  };

  let group = "";
  return (
    <>
      <p className="wj-unseen" id="wj-outline-help">
        {t("outline.help")}
      </p>
      <div className="wj-outline" role="tree" aria-label={t("outline.tree")} aria-describedby="wj-outline-help" data-testid="outline" ref={tree} onKeyDown={onKeyDown}>
        {items.map((item, i) => {
          const node = doc.nodes.find((n) => n.id === item.id);
          if (!node) return null;
          const type = types.get(node.type);
          const from = doc.nodes.find((n) => n.id === item.way?.from);
          const before = group;
          group = item.kind === "node" ? (groups.get(item.id) ?? "") : group;
          const head = item.kind === "node" && group && group !== before ? titles.get(group) : undefined;
          const props: RowProps = {
            item,
            node,
            type,
            editable,
            from: from ? titleOf(from, types.get(from.type)) : "",
            tab: i === roving ? 0 : -1,
            position: i,
            onFocus: () => setAt(keyOf(item)),
          };
          return (
            <Row
              key={`${keyOf(item)}/${i}`}
              {...props}
              head={head}
              group={item.kind === "node" ? titles.get(groups.get(item.id) ?? "") : undefined}
              selected={item.kind === "node" && selected.has(item.id)}
              problems={ofNode(problems, item.id)}
              waiting={counts?.nodes[item.id]?.waiting ?? 0}
              came={counts?.nodes[item.id]?.in ?? null}
              onCut={() => cut(item)}
            />
          );
        })}
      </div>
    </>
  );
}

const NONE: never[] = [];

function keyOf({ kind, id, way }: Item): string {
  return kind === "node" ? id : `${kind} ${way?.from ?? ""} ${way?.handle ?? ""} ${id}`;
}

interface RowProps {
  item: Item;
  node: JourneyNode;
  type: NodeType | undefined;
  editable: boolean;
  /** The title of the node that one comes from. */
  from: string;
  tab: 0 | -1;
  position: number;
  onFocus: () => void;
}

interface More {
  head: string | undefined;
  group: string | undefined;
  selected: boolean;
  problems: Problem[];
  waiting: number;
  came: number | null;
  onCut: () => void;
}

function Row(props: RowProps & More) {
  const { item, node, type, tab, onFocus, head } = props;
  const store = useStore();
  const over = useNodeDecor(item.id);
  const title = titleOf(node, type);
  const way = item.via?.label ?? t("outline.then");
  const end = item.way?.handle === "failed" ? t("outline.fails") : t("outline.ends");
  const name = {
    node: () => said(props, over?.says),
    jump: () => t("outline.way_goes_on", { way, name: title }),
    end: () => t("outline.way_ends", { way, name: title, end }),
  }[item.kind]();
  const target =
    item.kind === "node" ? { "data-node": item.id } : { "data-node": item.way?.from, "data-handle": item.way?.handle };
  return (
    <>
      {head ? (
        <div className="wj-heading wj-outline-head" role="presentation" style={inset(item.depth)}>
          {head}
        </div>
      ) : null}
      <div
        className="wj-outline-row"
        role="treeitem"
        aria-level={item.depth + 1}
        aria-selected={props.selected}
        aria-label={name}
        tabIndex={tab}
        data-tone={item.kind === "node" ? over?.tone : undefined}
        data-testid={item.kind === "node" ? `outline-${item.id}` : `outline-${item.kind}-${item.way?.from ?? ""}-${item.way?.handle ?? ""}`}
        style={inset(item.depth)}
        onFocus={(event) => {
          if (event.target === event.currentTarget) onFocus();
        }}
        onClick={(event) => {
          if (event.target instanceof Element && event.target.closest("button")) return;
          if (item.kind === "end" && item.way) ask(store, { node: item.way.from, handle: item.way.handle }, { x: event.clientX, y: event.clientY });
          else store.select([item.id]);
        }}
        {...target}
      >
        {item.kind === "node" ? <Card {...props} title={title} way={way} says={over?.says} /> : <WayRow {...props} title={title} way={way} end={end} />}
      </div>
    </>
  );
}

function inset(depth: number): React.CSSProperties {
  return { marginLeft: Math.min(depth, DEEPEST) * 16 };
}

function Card(props: RowProps & More & { title: string; way: string; says: string | undefined }) {
  const { item, node, type, editable, title } = props;
  const store = useStore();
  const mark = badge(props);
  return (
    <>
      {item.via ? (
        <span className="wj-via" data-hoped={item.via.hoped}>
          {props.way}
        </span>
      ) : null}{" "}
      <div className="wj-outline-node" aria-current={props.selected || undefined} data-off={node.disabled || undefined}>
        <Tile category={type?.category ?? "logic"} icon={type?.icon ?? "circle-help"} />
        <span className="wj-node-words">
          <b>{title}</b>{" "}
          <small>{sentence(props, props.says)}</small>
        </span>{" "}
        {mark ? (
          <span className="wj-badge" data-kind={mark.kind}>
            <Icon name={mark.icon} size={12} />
            {mark.text}
          </span>
        ) : null}
      </div>
      <div className="wj-outline-tools">
        {editable && type?.handles.length !== 0 ? <Tool icon="plus" label={t("outline.add_after", { name: title })} onClick={(spot) => ask(store, { node: item.id }, spot)} /> : null}
        <Tool
          menu
          icon="ellipsis"
          label={t("commands.more", { name: title })}
          onClick={(spot) => {
            if (store.get().selected.size > 0) store.select([item.id]);
            panel(store).set({ open: { kind: "menu", node: item.id, spot } });
          }}
        />
      </div>
    </>
  );
}

function WayRow(props: RowProps & More & { title: string; way: string; end: string }) {
  const { item, editable, title, way, end } = props;
  const store = useStore();
  const label = t("outline.add_way", { way, name: title });
  return (
    <div className="wj-outline-way">
      <span className="wj-via" data-hoped={item.via?.hoped ?? true}>
        {way}
      </span>{" "}
      {item.kind === "jump" ? (
        <button type="button" className="wj-link" tabIndex={-1} onClick={() => goTo(store, item.id)}>
          {t("outline.goes_on", { name: title })}
        </button>
      ) : (
        <span>{end}</span>
      )}
      <span className="wj-space" />
      {editable && item.kind === "jump" ? <Tool icon="x" label={t("outline.cut")} onClick={props.onCut} /> : null}
      {editable && item.kind === "end" && item.way ? <Tool icon="plus" label={label} onClick={(spot) => ask(store, { node: item.way?.from ?? "", handle: item.way?.handle ?? "" }, spot)} /> : null}
    </div>
  );
}

/** A button of a row. It is no stop of its own: the row's keys and menu do the same. */
function Tool({ icon, label, menu, onClick }: { icon: string; label: string; menu?: boolean; onClick: (spot: Spot) => void }) {
  return (
    <button
      type="button"
      className="wj-icon-button"
      tabIndex={-1}
      aria-label={label}
      title={label}
      aria-haspopup={menu ? "menu" : undefined}
      onClick={(event) => {
        const { left, bottom } = event.currentTarget.getBoundingClientRect();
        onClick({ x: left, y: bottom + 4 });
      }}
    >
      <Icon name={icon} />
    </button>
  );
}

/** What a row's badge says: the worst of it; the rest is said to screen readers. */
function badge({ problems, waiting }: More): { kind: string; icon: string; text: string } | null {
  const { errors, warnings } = tally(problems);
  if (errors) return { kind: "error", icon: "circle-alert", text: t("adding.errors", { count: errors }) };
  if (warnings) return { kind: "warning", icon: "triangle-alert", text: t("adding.warnings", { count: warnings }) };
  return waiting ? { kind: "waiting", icon: "clock", text: t("adding.waiting", { count: waiting }) } : null;
}

/** A node's row in one sentence: first what is seen, in its order, then what else there is to say. */
function said(props: RowProps & More, says: string | undefined): string {
  const { item, node, type, from, group, problems, waiting, came } = props;
  const word = CATEGORIES.find((c) => c.category === type?.category)?.word ?? t("adding.node");
  const { errors, warnings } = tally(problems);
  return [
    item.via?.label,
    titleOf(node, type),
    sentence(props, says),
    badge(props)?.text,
    word,
    from ? t("outline.from", { name: from }) : "",
    group,
    came === null ? "" : t("adding.customers", { count: came }),
    errors && warnings ? t("adding.warnings", { count: warnings }) : "",
    waiting && problems.length ? t("adding.waiting", { count: waiting }) : "",
    problems.length ? "" : t("adding.no_problems"),
  ]
    .filter(Boolean)
    .join(", ");
}

function sentence({ node, type }: RowProps, says: string | undefined): string {
  return says ? `${says}. ${sentenceOf(node, type)}` : sentenceOf(node, type);
}
