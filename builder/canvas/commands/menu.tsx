/** The menu of a node or a line: right click, the menu key, Shift F10, or a long press. */

import { useEffect, useRef, useState } from "react";

import type { JourneyEdge } from "../model/types";
import type { EditorStore } from "../state/store";
import { useSlice, useStore } from "../view/context";
import { arrows, useOutside } from "../view/controls";
import { Icon } from "../view/icons";
import { t } from "../words";
import { written } from "./chords";
import { disconnect, nameOf } from "./doing";
import { focusNode } from "./focus";
import { ask } from "./opening";
import { commandCalled, perform, possible } from "./registry";
import { panel, type Panel, type Spot } from "./state";

const OF_A_NODE: readonly (readonly string[])[] = [
  ["edit.open", "edit.rename", "edit.replace", "edit.toggle"],
  ["add.node", "add.connect", "edit.earlier", "edit.later"],
  ["try.to_here", "try.only", "try.pin"],
  ["edit.copy", "edit.cut", "edit.duplicate", "edit.following", "edit.preceding", "arrange.group"],
  ["edit.delete", "edit.delete_join"],
];
const OF_THE_CANVAS: readonly (readonly string[])[] = [["add.node", "edit.paste"], ["edit.all", "go.find", "go.bar", "view.keys"]];
const LONG = 500; // milliseconds that a finger rests
const SHAKE = 10; // pixels that it may move meanwhile

type Open = Extract<Panel, { kind: "menu" }>;

export function ContextMenu() {
  const store = useStore();
  const open = useSlice(panel(store), (s) => (s.open?.kind === "menu" ? s.open : null));
  useEffect(() => watch(store), [store]);
  return open ? <Menu key={`${open.node ?? ""}/${open.spot.x}/${open.spot.y}`} open={open} /> : null;
}

interface Entry {
  id: string;
  title: string;
  icon?: string;
  key?: string;
  run: () => void;
}

function Menu({ open }: { open: Open }) {
  const store = useStore();
  const root = useRef<HTMLDivElement>(null);
  const close = () => {
    if (panel(store).get().open === open) panel(store).set({ open: null });
  };
  useOutside(root, true, close);
  useEffect(() => {
    const menu = root.current;
    if (!menu) return;
    menu.style.left = `${Math.max(8, Math.min(open.spot.x, innerWidth - menu.offsetWidth - 8))}px`;
    menu.style.top = `${Math.max(8, Math.min(open.spot.y, innerHeight - menu.offsetHeight - 8))}px`;
    menu.querySelector<HTMLElement>('[role="menuitem"]')?.focus();
  }, [open]);
  const back = () => {
    close();
    if (open.node) focusNode(open.node, 0);
  };
  // Found once: afterwards the menu has the focus, and no longer what the commands are about.
  const [groups] = useState(() => (open.edge ? [ofLine(store, open.edge, open.spot)] : (open.node ? OF_A_NODE : OF_THE_CANVAS).map((ids) => entries(store, ids))).filter((some) => some.length > 0));
  const name = open.node ? nameOf(store, open.node) : open.edge ? t("commands.line") : t("commands.canvas");
  return (
    <section aria-label={name}>
      <div
        className="wj-menu wj-node-menu"
        ref={root}
        role="menu"
        aria-label={name}
        data-testid="context-menu"
        onKeyDown={(event) => {
          if (event.key === "Tab") back();
          arrows(event, '[role="menuitem"]', back);
        }}
        onContextMenu={(event) => event.preventDefault()}
      >
        {groups.map((some, i) => (
          <div key={some[0]?.id} role="group" data-first={i === 0 || undefined}>
            {some.map((entry) => (
              <button
                key={entry.id}
                type="button"
                role="menuitem"
                tabIndex={-1}
                data-danger={entry.id.startsWith("edit.delete") || undefined}
                data-testid={`menu-${entry.id}`}
                onClick={() => {
                  back();
                  entry.run();
                }}
              >
                {entry.icon ? <Icon name={entry.icon} /> : null}
                <span>{entry.title}</span>
                {entry.key ? <kbd>{written(entry.key)}</kbd> : null}
              </button>
            ))}
          </div>
        ))}
      </div>
    </section>
  );
}

function entries(store: EditorStore, ids: readonly string[]): Entry[] {
  return ids.flatMap((id): Entry[] => {
    const command = commandCalled(id);
    if (!command || !possible(store, command)) return [];
    return [{ id, title: t(command.title), icon: command.icon, key: command.keys?.[0], run: () => perform(store, command) }];
  });
}

function ofLine(store: EditorStore, edge: JourneyEdge, spot: Spot): Entry[] {
  if (!store.editable) return [];
  return [
    { id: "line.insert", title: t("commands.line_insert"), icon: "plus", run: () => ask(store, { edge }, spot) },
    { id: "edit.delete_line", title: t("commands.line_delete"), icon: "trash-2", run: () => disconnect(store, edge) },
  ];
}

// --- Opening it --------------------------------------------------------------------------------

/** Listens for the menu key, the right button and a finger that rests. Gives what takes it back. */
function watch(store: EditorStore): () => void {
  let resting: ReturnType<typeof setTimeout> | undefined;
  let from: Spot = { x: 0, y: 0 };
  let swallow = false;
  const open = (target: EventTarget | null, spot: Spot | null): boolean => {
    if (!(target instanceof Element) || target.closest('input, textarea, select, [contenteditable="true"], dialog, .wj-map')) return false;
    const place = target.closest<HTMLElement>('.react-flow__node, [role="treeitem"], .react-flow__edge, .wj-canvas, .wj-outline-page');
    if (!place) return false;
    const node = place.dataset.node ?? (place.matches(".react-flow__node") ? place.dataset.id : undefined);
    const line = place.matches(".react-flow__edge") ? place.dataset.id : undefined;
    const edge = line ? edgeOf(line) : undefined;
    const real = store.get().document.nodes.some((n) => n.id === node);
    if (node && !real) return false; // a note keeps the browser's menu
    // On a phone's outline nothing is selected: that would open the form. The focus says which node.
    const { selected } = store.get();
    const onCanvas = place.matches(".react-flow__node");
    if (node && !selected.has(node) && (onCanvas || selected.size > 0)) store.select([node]);
    if (node) focusNode(node, 0);
    const box = (target as HTMLElement).getBoundingClientRect();
    const at = spot ?? { x: box.left + 24, y: box.bottom };
    panel(store).set({ open: { kind: "menu", spot: at, ...(node ? { node } : {}), ...(edge ? { edge } : {}) } });
    return true;
  };
  const menu = (event: MouseEvent) => {
    const byKey = event.button !== 2 && event.clientX === 0 && event.clientY === 0;
    const here = byKey ? document.activeElement : event.target;
    clearTimeout(resting);
    if (open(here, byKey ? null : { x: event.clientX, y: event.clientY })) event.preventDefault();
  };
  const down = (event: PointerEvent) => {
    swallow = false;
    if (event.pointerType === "mouse") return;
    from = { x: event.clientX, y: event.clientY };
    const { target } = event;
    clearTimeout(resting);
    resting = setTimeout(() => {
      swallow = open(target, from);
    }, LONG);
  };
  const move = (event: PointerEvent) => {
    if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > SHAKE) clearTimeout(resting);
  };
  const up = () => clearTimeout(resting);
  const click = (event: MouseEvent) => {
    if (!swallow) return;
    swallow = false; // the finger that opened the menu is lifted: that chooses nothing
    if ((event.target as Element | null)?.closest('[role="menu"]')) return;
    event.preventDefault();
    event.stopPropagation();
  };
  const events = { contextmenu: menu, pointerdown: down, pointermove: move, pointerup: up, pointercancel: up } as const;
  for (const [name, call] of Object.entries(events)) document.addEventListener(name, call as EventListener);
  document.addEventListener("click", click, true);
  return () => {
    clearTimeout(resting);
    for (const [name, call] of Object.entries(events)) document.removeEventListener(name, call as EventListener);
    document.removeEventListener("click", click, true);
  };
}

function edgeOf(id: string): JourneyEdge | undefined {
  try {
    const [from, handle, to] = JSON.parse(id) as [string, string, string];
    return { from, handle, to };
  } catch {
    return undefined;
  }
}
