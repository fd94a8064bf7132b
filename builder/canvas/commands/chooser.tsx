/** A field with a list below: typing narrows it, arrows move, Enter takes. The focus stays in the field. */

import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";

import type { Category } from "../model/types";
import { Icon } from "../view/icons";
import { Tile } from "../view/tile";
import { written } from "./chords";

export interface Item {
  id: string;
  title: string;
  /** One sentence about it, shown below the list while it is the current one. */
  detail?: string;
  /** A word at its end: where it leads, what it is. */
  note?: string;
  icon?: string;
  tile?: { category: Category; icon?: string };
  keys?: readonly string[];
  run: () => void;
}

export interface Group {
  id: string;
  title: string;
  items: readonly Item[];
}

export interface ChooserProps {
  label: string;
  placeholder: string;
  groups: (search: string) => readonly Group[];
  onTake: (item: Item) => void;
  none: string;
  children?: ReactNode;
  testId?: string;
}

export function Chooser({ label, placeholder, groups, onTake, none, children, testId }: ChooserProps) {
  const id = useId();
  const [search, setSearch] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const shown = useMemo(() => groups(search).filter((group) => group.items.length > 0), [groups, search]);
  const all = shown.flatMap((group) => group.items.map((item) => ({ item, group: group.id })));
  const now = Math.min(at, all.length - 1);
  const current = all[now];
  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [now, shown]);
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (step !== undefined && all.length > 0) {
      event.preventDefault();
      const far = Math.abs(step) > 1;
      setAt(far ? Math.max(0, Math.min(all.length - 1, now + step)) : (now + step + all.length) % all.length);
    }
    if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    if (current) onTake(current.item);
  };
  const name = (i: number) => `${id}-${i}`;
  let count = -1;
  return (
    <>
      {children}
      <input
        ref={field}
        className="wj-input wj-chooser-field"
        role="combobox"
        aria-label={label}
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={current ? name(now) : undefined}
        aria-autocomplete="list"
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
        data-testid={testId}
        value={search}
        onChange={(event) => {
          setSearch(event.target.value);
          setAt(0);
        }}
        onKeyDown={keys}
      />
      <div className="wj-chooser-list" role="listbox" id={`${id}-list`} aria-label={label} ref={list}>
        {shown.map((group) => (
          <div key={group.id} role="group" aria-labelledby={`${id}-${group.id}`}>
            <div className="wj-quick-head" id={`${id}-${group.id}`} role="presentation">
              {group.title}
            </div>
            {group.items.map((item) => {
              count += 1;
              const mine = count;
              return (
                <div
                  key={item.id}
                  id={name(mine)}
                  role="option"
                  tabIndex={-1}
                  aria-selected={mine === now}
                  className="wj-quick-item"
                  data-testid={`take-${item.id}`}
                  onPointerMove={() => setAt(mine)}
                  onClick={() => onTake(item)}
                >
                  {item.tile ? <Tile {...item.tile} size={24} /> : <Icon name={item.icon ?? "chevron-right"} />}
                  <span className="wj-chooser-title">{item.title}</span>
                  {item.note ? <small>{item.note}</small> : null}
                  {item.keys?.[0] ? <kbd>{written(item.keys[0])}</kbd> : null}
                </div>
              );
            })}
          </div>
        ))}
      </div>
      {all.length === 0 ? <p className="wj-quiet wj-chooser-detail">{none}</p> : null}
      {current?.item.detail ? <p className="wj-quiet wj-chooser-detail">{current.item.detail}</p> : null}
      <p className="wj-unseen" role="status">
        {current ? (current.item.detail ?? "") : none}
      </p>
    </>
  );
}
