/** A text field with a list to choose from, worked by keyboard (ARIA combobox). */

import { useEffect, useId, useLayoutEffect, useRef, useState, type ReactNode } from "react";

import { t } from "../words";
import { useOutside } from "../view/controls";

export interface Choice {
  value: string;
  label: string;
  /** Beside the label, quietly: a value that was seen. */
  sample?: string;
  /** Below the label: the path. */
  detail?: string;
}

export interface ChoiceGroup {
  title?: string;
  note?: string;
  items: readonly Choice[];
}

export interface ComboProps {
  value: string;
  label: string;
  /** The groups that a search leaves; "" leaves all. */
  groups: (search: string) => readonly ChoiceGroup[];
  /** What stands in the field while it is not edited; otherwise the value. */
  shown?: string;
  /** Whether a text is taken over while it is typed; otherwise on Enter or on leaving. */
  live?: (text: string) => boolean;
  editable: boolean;
  id?: string;
  describedBy?: string;
  testId?: string;
  placeholder?: string;
  mono?: boolean;
  onChange: (value: string) => void;
}

export function Combo(props: ComboProps) {
  const { value, label, shown, live = () => true, editable, onChange } = props;
  const [draft, setDraft] = useState<string | null>(null);
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const groups = open ? props.groups(typed ? (draft ?? "") : "") : [];
  const list = useList(groups, open && !typed ? value : null);
  // What is typed in full needs no list, which would only lie over what comes next.
  const said = typed && list.flat.length === 1 && list.flat[0]?.value === draft?.trim();
  const listed = open && list.flat.length > 0 && !said;
  const pick = (next: string) => {
    setDraft(next);
    setOpen(false);
    setTyped(false);
    if (next !== value) onChange(next);
  };
  const leave = () => {
    setOpen(false);
    setTyped(false);
    setDraft(null);
    const text = draft?.trim();
    if (text === undefined || text === value) return;
    const named = typed ? list.flat.find((c) => c.label.toLowerCase() === text.toLowerCase()) : undefined;
    onChange(named?.value ?? text);
  };
  return (
    <div className="wj-combo">
      <input
        ref={input}
        id={props.id}
        className="wj-input"
        role="combobox"
        data-mono={(props.mono && (draft !== null || !shown)) || undefined}
        aria-label={label}
        aria-describedby={props.describedBy}
        aria-expanded={listed}
        aria-controls={list.id}
        aria-autocomplete="list"
        aria-activedescendant={listed ? list.activeId : undefined}
        data-testid={props.testId}
        placeholder={props.placeholder}
        title={value || undefined}
        readOnly={!editable}
        autoComplete="off"
        spellCheck={false}
        value={draft ?? shown ?? value}
        onFocus={(event) => {
          if (!editable) return;
          const field = event.currentTarget;
          setDraft(value);
          requestAnimationFrame(() => {
            if (document.activeElement === field && field.value === value) field.select();
          });
        }}
        onClick={() => editable && setOpen(true)}
        onBlur={leave}
        onChange={(event) => {
          const text = event.target.value;
          setDraft(text);
          setTyped(true);
          setOpen(true);
          if (live(text.trim())) onChange(text.trim());
        }}
        onKeyDown={(event) => {
          if (!editable || event.altKey) return;
          if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            if (open) list.move(event.key === "ArrowDown" ? 1 : -1);
            else setOpen(true);
          } else if (event.key === "Enter" && open) {
            const chosen = list.active ?? (typed && !live(draft ?? "") ? list.flat[0] : undefined);
            event.preventDefault();
            pick(chosen?.value ?? (draft ?? "").trim());
          } else if (event.key === "Escape" && open) {
            event.preventDefault();
            event.stopPropagation();
            setOpen(false);
          }
        }}
      />
      {listed ? (
        <Float anchor={input}>
          <List list={list} groups={groups} label={label} onPick={pick} />
        </Float>
      ) : null}
    </div>
  );
}

export interface ListState {
  id: string;
  flat: readonly Choice[];
  active: Choice | undefined;
  activeId: string | undefined;
  move: (step: 1 | -1) => void;
}

/** Which of the choices is the active one; `at` is where the list opens. */
export function useList(groups: readonly ChoiceGroup[], at: string | null = null, first = false): ListState {
  const id = useId();
  const flat = groups.flatMap((group) => group.items);
  const [index, setIndex] = useState<number | null>(null);
  const start = at === null ? -1 : flat.findIndex((choice) => choice.value === at);
  const key = flat.map((choice) => choice.value).join("\n");
  useEffect(() => setIndex(null), [key]);
  const found = index ?? (start >= 0 ? start : first && flat.length ? 0 : -1);
  return {
    id,
    flat,
    active: flat[found],
    activeId: flat[found] ? `${id}-${found}` : undefined,
    move: (step) => setIndex(flat.length ? (found + step + flat.length) % flat.length : null),
  };
}

export function List(props: { list: ListState; groups: readonly ChoiceGroup[]; label: string; onPick: (value: string) => void }) {
  const { list, groups, label, onPick } = props;
  const root = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    root.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [list.activeId]);
  let at = -1;
  return (
    <div className="wj-choices" role="listbox" id={list.id} aria-label={label} ref={root}>
      {groups.map((group, i) => (
        <div key={`${group.title}/${i}`} role="group" aria-label={group.title}>
          {group.title ? (
            <div className="wj-choices-title" aria-hidden="true">
              <b>{group.title}</b>
              {group.note ? <span>{group.note}</span> : null}
            </div>
          ) : null}
          {group.items.map((choice) => {
            at += 1;
            return (
              <div
                key={choice.value}
                id={`${list.id}-${at}`}
                className="wj-choice"
                role="option"
                aria-selected={choice === list.active}
                aria-description={group.note}
                data-value={choice.value}
                onMouseDown={(event) => event.preventDefault()} // the field keeps the focus
                onClick={() => onPick(choice.value)}
              >
                <span>
                  {choice.label}
                  {choice.sample ? <i>{choice.sample}</i> : null}
                </span>
                {choice.detail ? <code>{choice.detail}</code> : null}
              </div>
            );
          })}
        </div>
      ))}
    </div>
  );
}

/** Over everything else (the top layer), below or above what it belongs to. */
export function Float({ anchor, children }: { anchor: React.RefObject<HTMLElement | null>; children: ReactNode }) {
  const root = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const box = root.current;
    if (!box) return;
    if (!box.matches(":popover-open")) box.showPopover();
    const place = () => {
      const own = anchor.current?.getBoundingClientRect();
      if (!own) return;
      const width = Math.min(Math.max(own.width, 304), window.innerWidth - 16);
      const above = window.innerHeight - own.bottom < 280 && own.top > window.innerHeight - own.bottom;
      box.style.width = `${width}px`;
      box.style.left = `${Math.max(8, Math.min(own.left, window.innerWidth - width - 8))}px`;
      box.style.top = above ? "auto" : `${own.bottom + 4}px`;
      box.style.bottom = above ? `${window.innerHeight - own.top + 4}px` : "auto";
      box.style.maxHeight = `${(above ? own.top : window.innerHeight - own.bottom) - 16}px`;
    };
    place();
    window.addEventListener("scroll", place, true);
    window.addEventListener("resize", place);
    return () => {
      window.removeEventListener("scroll", place, true);
      window.removeEventListener("resize", place);
    };
  }, [anchor]);
  return (
    <div className="wj-float" popover="manual" ref={root}>
      {children}
    </div>
  );
}

/** A search field over a list, as a pop-up: Enter chooses, Escape closes. */
export function Finder(props: {
  label: string;
  placeholder?: string;
  groups: (search: string) => readonly ChoiceGroup[];
  anchor: React.RefObject<HTMLElement | null>;
  empty?: string;
  onPick: (value: string) => void;
  onClose: () => void;
}) {
  const { label, groups, anchor, onPick, onClose } = props;
  const [search, setSearch] = useState("");
  const root = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const found = groups(search);
  const list = useList(found, null, true);
  useOutside(root, true, onClose);
  useEffect(() => field.current?.focus(), []);
  return (
    <div ref={root}>
      <Float anchor={anchor}>
        <div className="wj-finder" role="dialog" aria-label={label}>
          <input
            ref={field}
            className="wj-input"
            role="combobox"
            aria-label={label}
            aria-expanded="true"
            aria-controls={list.id}
            aria-autocomplete="list"
            aria-activedescendant={list.activeId}
            placeholder={props.placeholder}
            autoComplete="off"
            spellCheck={false}
            value={search}
            onChange={(event) => setSearch(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "ArrowDown" || event.key === "ArrowUp") {
                event.preventDefault();
                list.move(event.key === "ArrowDown" ? 1 : -1);
              } else if (event.key === "Enter") {
                event.preventDefault();
                if (list.active) onPick(list.active.value);
              } else if (event.key === "Escape") {
                event.preventDefault();
                event.stopPropagation();
                onClose();
              }
            }}
          />
          {list.flat.length ? (
            <List list={list} groups={found} label={label} onPick={onPick} />
          ) : (
            <p className="wj-quiet" role="status">
              {props.empty ?? t("forms.nothingFound")}
            </p>
          )}
        </div>
      </Float>
    </div>
  );
}
