/** The find bar: "3 of 7", Enter and F3 go on, what is found is marked on the canvas. */

import { useEffect, useMemo } from "react";

import { shown, useEditor, useSlice, useStore } from "../view/context";
import { IconButton } from "../view/controls";
import { Icon } from "../view/icons";
import { t } from "../words";
import { written } from "./chords";
import { focusNode } from "./focus";
import { found, findNext, mark } from "./opening";
import { finding } from "./state";

export function FindBar() {
  const store = useStore();
  const slice = finding(store);
  const search = useSlice(slice, (s) => s.search);
  const at = useSlice(slice, (s) => s.at);
  const doc = useEditor(shown);
  const types = useEditor((s) => s.types);
  const ids = useMemo(() => found(doc, types, search ?? ""), [doc, types, search]);
  const now = ids.length ? Math.min(at, ids.length - 1) : 0;
  useEffect(() => mark(store, ids, now), [store, ids, now]);
  if (search === null) return null;
  const close = () => {
    slice.set({ search: null, at: 0 });
    const id = ids[now];
    if (id) focusNode(id, 0);
  };
  const said = !search.trim() ? "" : ids.length ? t("commands.found", { at: now + 1, count: ids.length }) : t("commands.found_none");
  return (
    <div className="wj-find" role="search" aria-label={t("commands.find")}>
      <Icon name="search" />
      <input
        className="wj-find-field"
        aria-label={t("commands.find")}
        placeholder={t("commands.find_hint")}
        data-testid="find"
        autoFocus
        autoComplete="off"
        spellCheck={false}
        value={search}
        onChange={(event) => {
          slice.set({ search: event.target.value, at: 0 });
          findNext(store, 0);
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter" && event.key !== "Escape") return;
          event.preventDefault();
          event.stopPropagation();
          if (event.key === "Escape") close();
          else findNext(store, event.shiftKey ? -1 : 1);
        }}
      />
      <span className="wj-quiet" role="status" data-testid="find-count">
        {said}
      </span>
      <IconButton icon="chevron-up" label={t("commands.find_previous")} hint={written("Shift F3")} disabled={ids.length === 0} onClick={() => findNext(store, -1)} />
      <IconButton icon="chevron-down" label={t("commands.find_next")} hint={written("F3")} disabled={ids.length === 0} onClick={() => findNext(store, 1)} />
      <IconButton icon="x" label={t("commands.find_close")} hint="Esc" onClick={close} />
    </div>
  );
}
