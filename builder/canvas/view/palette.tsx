/** The node types: what often comes next, favourites, used last, then all by category, with search. */

import { useEffect, useRef, useState, type KeyboardEvent } from "react";

import { add, nodeOf } from "../commands/doing";
import { places, placeOf } from "../commands/places";
import { habits, star } from "../commands/state";
import { often, suggestions } from "../commands/suggest";
import { leadsOn, matching } from "../commands/types";
import type { NodeType } from "../model/types";
import type { EditorStore } from "../state/store";
import { t } from "../words";
import { DRAG_TYPE } from "./canvas";
import { useEditor, useSlice, useStore } from "./context";
import { arrows, IconButton } from "./controls";
import { Icon } from "./icons";
import { CATEGORIES, Tile } from "./tile";

const FEW = 3; // entries of a list above the categories
/** What often comes next is another list after each choice: its room stays, so that nothing moves under the pointer. */
const ROOM = { minHeight: `calc(32px + ${FEW} * var(--wj-palette-row))` };

export function Palette({ onAdded }: { onAdded?: () => void }) {
  const store = useStore();
  const catalogue = useEditor((s) => s.catalogue);
  const editable = useEditor((s) => s.mode === "draft" && s.canEdit);
  const [search, setSearch] = useState("");
  const [told, setTold] = useState<NodeType | null>(null);
  const root = useRef<HTMLElement>(null);
  const [here, setHere] = useState(false);
  const lists = useLists(here);
  const found = matching(catalogue.types, search);
  const put = (type: NodeType) => {
    insert(store, type);
    onAdded?.();
  };
  const row = (type: NodeType, list: string) => (
    <Row key={type.type} type={type} list={list} editable={editable} onAdd={put} onTell={setTold} />
  );
  return (
    <aside
      className="wj-palette"
      aria-label={t("adding.nodes")}
      ref={root}
      onKeyDown={(event) => {
        sideways(event);
        arrows(event, "input, .wj-palette-item:not(:disabled)");
      }}
    >
      <div className="wj-search">
        <Icon name="search" />
        <input
          type="search"
          aria-label={t("adding.search_short")}
          placeholder={t("adding.search_short")}
          data-testid="palette-search"
          autoComplete="off"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          onKeyDown={(event) => {
            const first = found[0];
            if (event.key === "Escape") setSearch("");
            if (event.key !== "Enter" || !first || !search) return;
            put(first);
            setSearch("");
          }}
        />
        <kbd aria-hidden="true">/</kbd>
      </div>
      <div className="wj-palette-list" onPointerEnter={() => setHere(true)} onPointerLeave={() => setHere(false)}>
        {search
          ? null
          : lists.map(({ id, title, types }) =>
              types.length === 0 && !(id === "next" && editable) ? null : (
                <section key={id} aria-label={title} data-testid={`palette-${id}`} style={id === "next" ? ROOM : undefined}>
                  <h2 className="wj-heading">{title}</h2>
                  {types.map((type) => row(type, id))}
                  {types.length === 0 ? <p className="wj-quiet">{t("adding.often_none")}</p> : null}
                </section>
              ),
            )}
        {search ? (
          <section aria-label={t("adding.types")}>{found.map((type) => row(type, ""))}</section>
        ) : (
          CATEGORIES.map(({ category, title }) => {
            const types = catalogue.types.filter((type) => type.category === category);
            if (types.length === 0) return null;
            return (
              <section key={category} aria-label={title}>
                <h2 className="wj-heading">
                  <Tile category={category} size={12} />
                  {title}
                </h2>
                {types.map((type) => row(type, ""))}
              </section>
            );
          })
        )}
        {found.length === 0 ? <p className="wj-quiet">{t("adding.nothing")}</p> : null}
      </div>
      <p className="wj-palette-foot">{told ? told.summary : t("adding.foot")}</p>
    </aside>
  );
}

interface RowProps {
  type: NodeType;
  /** Which of the short lists it stands in; empty in its category. */
  list: string;
  editable: boolean;
  onAdd: (type: NodeType) => void;
  onTell: (type: NodeType | null) => void;
}

function Row({ type, list, editable, onAdd, onTell }: RowProps) {
  const starred = useSlice(habits, (s) => s.starred.includes(type.type));
  return (
    <div className="wj-palette-row" onPointerEnter={() => onTell(type)} onPointerLeave={() => onTell(null)}>
      <button
        type="button"
        className="wj-palette-item"
        data-category={type.category}
        data-testid={`palette-item-${list ? `${list}-` : ""}${type.type}`}
        title={type.summary}
        disabled={!editable}
        draggable={editable}
        onDragStart={(event) => {
          event.dataTransfer.setData(DRAG_TYPE, type.type);
          event.dataTransfer.effectAllowed = "copy";
        }}
        onFocus={() => onTell(type)}
        onBlur={() => onTell(null)}
        onClick={() => onAdd(type)}
      >
        <Icon name={type.icon} />
        <span>{type.title}</span>
      </button>
      <button
        type="button"
        className="wj-star"
        tabIndex={-1}
        aria-pressed={starred}
        aria-label={t(starred ? "adding.unstar" : "adding.star", { title: type.title })}
        title={t(starred ? "adding.unstar" : "adding.star", { title: type.title })}
        onClick={() => star(type.type)}
      >
        <Icon name="star" size={12} />
      </button>
    </div>
  );
}

/** Right goes to the star beside a type, Left back to it. */
function sideways(event: KeyboardEvent) {
  const here = event.target as HTMLElement;
  const next =
    event.key === "ArrowRight" && here.matches(".wj-palette-item")
      ? here.nextElementSibling
      : event.key === "ArrowLeft" && here.matches(".wj-star")
        ? here.previousElementSibling
        : null;
  if (!(next instanceof HTMLElement)) return;
  event.preventDefault();
  next.focus();
}

/** The short lists above the categories; those of habits stay as they are while the pointer is `here`. */
function useLists(here: boolean): { id: string; title: string; types: NodeType[] }[] {
  const store = useStore();
  const types = useEditor((s) => s.types);
  const doc = useEditor((s) => s.document);
  const one = useEditor((s) => (s.selected.size === 1 ? [...s.selected][0] : undefined));
  const editable = useEditor((s) => s.mode === "draft" && s.canEdit);
  const now = useSlice(habits, (s) => s);
  const kept = useRef(now);
  if (!here || kept.current.starred !== now.starred) kept.current = now;
  const { recent, starred } = kept.current;
  const { slice, ask } = suggestions(store);
  const pairs = useSlice(slice, (s) => s.pairs);
  useEffect(() => {
    if (editable) void ask();
  }, [ask, editable]);
  const place = one === undefined ? undefined : placeOf(...both(places(doc, types, { node: one })));
  const where = place?.where;
  const from = nodeOf(store, where?.on?.from ?? where?.after ?? undefined);
  const next = editable && (from || doc.nodes.length === 0) ? often(pairs, types, from?.type ?? "", where?.on?.handle ?? where?.by ?? "", FEW) : [];
  const pick = (names: readonly string[]) => names.flatMap((name) => types.get(name) ?? []);
  return [
    { id: "next", title: t("adding.often"), types: next },
    { id: "starred", title: t("adding.starred"), types: pick(starred) },
    { id: "recent", title: t("adding.recent"), types: pick(recent.filter((name) => !starred.includes(name))).slice(0, FEW) },
  ];
}

function both({ all, first }: ReturnType<typeof places>): [typeof all, string] {
  return [all, first];
}

/** After the selected node where its way is free, else before what comes next; else at the end. */
function insert(store: EditorStore, type: NodeType): void {
  const { document: doc, types, selected } = store.get();
  const one = selected.size === 1 ? [...selected][0] : undefined;
  const known = one !== undefined && doc.nodes.some((n) => n.id === one);
  if (!known || type.category === "trigger") return add(store, type, doc.nodes.length === 0 ? { at: [0, 0] } : {});
  const { all, first } = places(doc, types, { node: one });
  const where = placeOf(all, first)?.where ?? {};
  add(store, type, where.on && !leadsOn(type) ? { after: where.on.from, by: where.on.handle } : where);
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
