/** For whom a text is shown: a customer who is looked for, whoever came last, or one without a name. */

import { useEffect, useId, useRef, useState } from "react";

import { Float, List, useList, type ChoiceGroup } from "../form/combo";
import { useOutside } from "../view/controls";
import { useSlice, useStore } from "../view/context";
import { Icon } from "../view/icons";
import { t } from "../words";
import { askReaders, type Reader } from "./calls";
import { LATEST, texts, type Choice } from "./state";

const LATER = 200; // milliseconds between the last key and the question

/** `shown` undefined: it is not known yet who that is. */
export function ReaderButton({ shown }: { shown: Reader | null | undefined }) {
  const slice = texts(useStore());
  const who = useSlice(slice, (s) => s.who);
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const known = shown === undefined ? (who.kind === "latest" ? t("texts.latest") : who.name) : shown?.name;
  const name = (who.kind === "nameless" ? "" : known) || t("texts.nameless");
  return (
    <div className="wj-reader">
      <button
        ref={button}
        type="button"
        className="wj-link"
        aria-haspopup="dialog"
        aria-expanded={open}
        data-testid="reader"
        aria-label={t("texts.readerNow", { name })}
        onClick={() => setOpen(!open)}
      >
        <Icon name="user" size={12} />
        <span>{name}</span>
        <Icon name="chevron-down" size={12} />
      </button>
      {open ? (
        <Finding
          anchor={button}
          onClose={close}
          onPick={(choice) => {
            slice.set({ who: choice });
            close();
          }}
        />
      ) : null}
    </div>
  );
}

interface FindingProps {
  anchor: React.RefObject<HTMLElement | null>;
  onPick: (choice: Choice) => void;
  onClose: () => void;
}

function Finding({ anchor, onPick, onClose }: FindingProps) {
  const root = useRef<HTMLDivElement>(null);
  const [search, setSearch] = useState("");
  const { found, state } = useReaders(search);
  const groups = choices(found, search);
  const list = useList(groups, null, true);
  const hint = useId();
  useOutside(root, true, onClose);
  const pick = (value: string) => {
    if (value === "latest") return onPick(LATEST);
    if (value === "nameless") return onPick({ kind: "nameless", id: "", name: "" });
    const one = found.find((reader) => reader.id === value);
    if (one) onPick({ kind: "customer", id: one.id, name: one.name });
  };
  return (
    <Float anchor={anchor}>
      <div className="wj-finder" role="dialog" aria-label={t("texts.readers")} ref={root}>
        <input
          className="wj-input"
          role="combobox"
          aria-label={t("texts.findReader")}
          aria-expanded="true"
          aria-controls={list.id}
          aria-activedescendant={list.activeId}
          aria-describedby={hint}
          placeholder={t("texts.findReader")}
          data-testid="reader-search"
          autoFocus
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "ArrowDown" || event.key === "ArrowUp") list.move(event.key === "ArrowDown" ? 1 : -1);
            else if (event.key === "Enter" && list.active) pick(list.active.value);
            else if (event.key === "Escape") onClose();
            else return;
            event.preventDefault();
            event.stopPropagation();
          }}
        />
        <p id={hint} className="wj-help" role="status">
          {state === "failed" ? t("texts.readersFailed") : state === "none" ? t(search.trim() ? "texts.noReader" : "texts.noReaders") : ""}
        </p>
        <List list={list} groups={groups} label={t("texts.readers")} onPick={pick} />
      </div>
    </Float>
  );
}

function choices(found: readonly Reader[], search: string): ChoiceGroup[] {
  const people = found.map((one) => ({
    value: one.id,
    label: one.name,
    ...(one.email && one.email !== one.name ? { detail: one.email } : {}),
  }));
  const always = [
    { value: "latest", label: t("texts.latest") },
    { value: "nameless", label: t("texts.namelessChoice") },
  ];
  const title = t(search.trim() ? "texts.foundReaders" : "texts.recentReaders");
  return [...(search.trim() ? [] : [{ items: always }]), ...(people.length ? [{ title, items: people }] : [])];
}

function useReaders(search: string): { found: readonly Reader[]; state: "asking" | "some" | "none" | "failed" } {
  const store = useStore();
  const [answer, setAnswer] = useState<ReturnType<typeof useReaders>>({ found: [], state: "asking" });
  useEffect(() => {
    let wanted = true;
    const ask = async () => {
      try {
        const { customers } = await askReaders(store, search.trim());
        if (wanted) setAnswer({ found: customers, state: customers.length ? "some" : "none" });
      } catch {
        if (wanted) setAnswer({ found: [], state: "failed" });
      }
    };
    const timer = setTimeout(ask, search ? LATER : 0);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [store, search]);
  return answer;
}
