/** The command bar, the add panel, replacing and connecting: one list each, over the editor. */

import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";

import { perStore } from "../state/feature";
import { Slice } from "../state/slice";
import type { EditorStore } from "../state/store";
import { t } from "../words";
import { useEditor, useSlice, useStore } from "../view/context";
import { useOutside } from "../view/controls";
import { Chooser, type Item } from "./chooser";
import { nameOf } from "./doing";
import { addGroups, barGroups, connectGroups, replaceGroups } from "./entries";
import { focusNode, target } from "./focus";
import { places, placeOf, type Asked } from "./places";
import { allCommands, perform } from "./registry";
import { panel, used, type Spot } from "./state";
import { suggestions } from "./suggest";

/** Whatever of these is open; hung into the editor by view/parts.ts. */
export function Panels() {
  const store = useStore();
  const slice = panel(store);
  const open = useSlice(slice, (s) => s.open);
  const close = useCallback(() => slice.set({ open: null }), [slice]);
  useEffect(() => {
    if (open) void suggestions(store).ask();
  }, [open, store]);
  if (!open) return null;
  switch (open.kind) {
    case "bar":
      return <Bar />;
    case "add":
      return <AddPanel key={JSON.stringify(open.asked)} asked={open.asked} spot={open.spot} onClose={close} />;
    case "replace":
      return <Replace key={open.node} node={open.node} />;
    case "connect":
      return <Connect key={`${open.node}/${open.handle ?? ""}`} node={open.node} handle={open.handle} />;
    case "menu":
      return null;
  }
}

/** A dialog around a list. The list's entry is done when the dialog is shut and the focus is back. */
function Over({ store, title, seen, children }: { store: EditorStore; title: string; seen?: boolean; children: (take: (item: Item) => void) => React.ReactNode }) {
  const ref = useRef<HTMLDialogElement>(null);
  const taken = useRef<Item | null>(null);
  const slice = panel(store);
  const [mine] = useState(slice.get().open);
  useEffect(() => {
    if (ref.current && !ref.current.open) ref.current.showModal();
  }, []);
  const closed = () => {
    if (slice.get().open === mine) slice.set({ open: null });
    const found = target(store);
    if (taken.current) taken.current.run();
    else if (document.activeElement === document.body && found) focusNode(found.node, 0);
  };
  const take = (item: Item) => {
    taken.current = item;
    ref.current?.close();
  };
  return (
    <dialog
      ref={ref}
      className="wj-command"
      aria-label={title}
      data-testid="command-dialog"
      onClose={closed}
      onClick={(event) => {
        if (event.target === ref.current) ref.current?.close();
      }}
    >
      <div className="wj-command-body">
        {seen ? <h2 className="wj-command-title">{title}</h2> : null}
        {children(take)}
      </div>
    </dialog>
  );
}

const known = perStore(() => new Slice<{ journeys: readonly { slug: string; name: string }[] }>({ journeys: [] }));

function Bar() {
  const store = useStore();
  const slice = known(store);
  const journeys = useSlice(slice, (s) => s.journeys);
  useEffect(() => {
    void fetchJourneys(store).then((found) => slice.set({ journeys: found }));
  }, [store, slice]);
  const groups = useCallback(
    (search: string) => barGroups(store, { commands: allCommands(), perform: (command) => perform(store, command), journeys }, search),
    [store, journeys],
  );
  return (
    <Over store={store} title={t("commands.bar")}>
      {(take) => (
        <Chooser
          label={t("commands.bar")}
          placeholder={t("commands.bar_hint")}
          groups={groups}
          none={t("commands.nothing")}
          testId="command-bar"
          onTake={(item) => {
            used("commands", item.id.replace(/-again$/, ""));
            take(item);
          }}
        />
      )}
    </Over>
  );
}

async function fetchJourneys(store: EditorStore): Promise<{ slug: string; name: string }[]> {
  try {
    const answer = await fetch("/studio/journeys", { credentials: "same-origin" });
    const { journeys } = (await answer.json()) as { journeys: { slug: string; name: string }[] };
    return answer.ok ? journeys.filter((one) => one.slug !== store.slug) : [];
  } catch {
    return []; // offline: the other journeys are not offered
  }
}

function Replace({ node }: { node: string }) {
  const store = useStore();
  const pairs = useSlice(suggestions(store).slice, (s) => s.pairs);
  const groups = useCallback((search: string) => replaceGroups(store, node, search), [store, node, pairs]);
  const title = t("commands.replace_by", { name: nameOf(store, node) });
  return (
    <Over store={store} title={title} seen>
      {(take) => <Chooser label={title} placeholder={t("adding.search")} groups={groups} none={t("adding.nothing")} onTake={take} testId="replace" />}
    </Over>
  );
}

function Connect({ node, handle }: { node: string; handle: string | undefined }) {
  const store = useStore();
  const groups = useCallback((search: string) => connectGroups(store, node, handle, search), [store, node, handle]);
  const title = t("adding.connect_from", { name: nameOf(store, node) });
  const several = handle === undefined && groups("")[0]?.id === "ways";
  return (
    <Over store={store} title={title} seen>
      {(take) => <Chooser label={title} placeholder={t(several ? "adding.which_way" : "adding.search_node")} groups={groups} none={t("adding.no_node")} onTake={take} testId="connect" />}
    </Over>
  );
}

// --- "What happens next?" ----------------------------------------------------------------------

const WIDTH = 288;
const HEIGHT = 392;
const EDGE = 8;

function AddPanel({ asked, spot, onClose }: { asked: Asked; spot: Spot | null; onClose: () => void }) {
  const store = useStore();
  const root = useRef<HTMLDivElement>(null);
  const before = useRef<Element | null>(null);
  const doc = useEditor((s) => s.document);
  const types = useEditor((s) => s.types);
  const pairs = useSlice(suggestions(store).slice, (s) => s.pairs);
  const { all, first } = useMemo(() => places(doc, types, asked), [doc, types, asked]);
  const [wanted, setWanted] = useState(first);
  const place = placeOf(all, wanted);
  useOutside(root, true, onClose);
  useLayoutEffect(() => {
    before.current = document.activeElement;
  }, []);
  const groups = useCallback((search: string) => (place ? addGroups(store, place, search) : []), [store, place, pairs]);
  const shut = () => {
    onClose();
    if (before.current instanceof HTMLElement && document.contains(before.current)) before.current.focus();
  };
  if (!place) return null;
  const start = doc.nodes.length === 0;
  const title = start ? t("adding.start") : t("adding.next");
  return (
    <div
      className="wj-quick"
      ref={root}
      role="dialog"
      aria-label={title}
      data-testid="add-panel"
      style={inside(spot)}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        shut();
      }}
    >
      <Chooser
        label={title}
        placeholder={t("adding.search")}
        groups={groups}
        none={t("adding.nothing")}
        testId="add-search"
        onTake={(item) => {
          onClose();
          item.run();
        }}
      >
        <h2 className="wj-quick-title">{title}</h2>
        {all.length > 1 ? (
          <select className="wj-select" aria-label={t("adding.where")} data-testid="add-where" value={place.id} onChange={(event) => setWanted(event.target.value)}>
            {all.map((one) => (
              <option key={one.id} value={one.id}>
                {one.label}
              </option>
            ))}
          </select>
        ) : start || place.id === "at" ? null : (
          <p className="wj-quiet">{place.label}</p>
        )}
      </Chooser>
    </div>
  );
}

/** Where it was asked for, moved so that all of it is in the window. */
function inside(spot: Spot | null): React.CSSProperties {
  const { innerWidth, innerHeight } = window;
  const width = Math.min(WIDTH, innerWidth - 2 * EDGE);
  const x = spot?.x ?? (innerWidth - width) / 2;
  const y = spot?.y ?? innerHeight / 5;
  return {
    width,
    left: Math.max(EDGE, Math.min(x, innerWidth - width - EDGE)),
    top: Math.max(EDGE, Math.min(y, innerHeight - HEIGHT - EDGE)),
  };
}
