/** The keyboard: everything that works without a pointer and is not a field's own business. */

import { useEffect } from "react";

import type { EditorStore } from "../state/store";
import { useStore } from "./context";

export function useKeys(): void {
  const store = useStore();
  useEffect(() => {
    let selected: ReadonlySet<string> = new Set();
    const before = () => {
      selected = store.get().selected; // the first Enter on a node selects it, the second opens it
    };
    const key = (event: KeyboardEvent) => {
      if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
      if (event.key === "F8") {
        event.preventDefault();
        const { problem } = store.get();
        const first = problem === 0 && selected.size === 0 && !event.shiftKey;
        store.goTo(first ? 0 : problem + (event.shiftKey ? -1 : 1));
        return;
      }
      if (isField(event.target)) {
        if (event.key === "Escape") (event.target as HTMLElement).blur(); // the keys are free again
        return;
      }
      if (event.ctrlKey || event.metaKey) command(event, store);
      else if (!event.altKey) plain(event, store, selected);
    };
    const copy = (event: ClipboardEvent) => {
      if (isField(event.target) || String(document.getSelection()) !== "") return;
      const text = store.copy();
      if (!text) return;
      event.clipboardData?.setData("text/plain", text);
      event.preventDefault();
      if (event.type === "cut") store.removeSelection();
    };
    const paste = (event: ClipboardEvent) => {
      if (isField(event.target) || document.querySelector("dialog[open]")) return;
      store.paste(event.clipboardData?.getData("text/plain") ?? "");
    };
    window.addEventListener("keydown", before, true);
    window.addEventListener("keydown", key);
    document.addEventListener("copy", copy);
    document.addEventListener("cut", copy);
    document.addEventListener("paste", paste);
    return () => {
      window.removeEventListener("keydown", before, true);
      window.removeEventListener("keydown", key);
      document.removeEventListener("copy", copy);
      document.removeEventListener("cut", copy);
      document.removeEventListener("paste", paste);
    };
  }, [store]);
}

function command(event: KeyboardEvent, store: EditorStore): void {
  const does: { [key: string]: () => void } = {
    z: event.shiftKey ? store.redo : store.undo,
    y: store.redo,
    d: store.duplicate,
    a: () => store.select(store.get().document.nodes.map((n) => n.id)),
    s: () => void store.flush(),
  };
  const action = does[event.key.toLowerCase()];
  if (!action) return;
  event.preventDefault();
  action();
}

function plain(event: KeyboardEvent, store: EditorStore, selected: ReadonlySet<string>): void {
  const { panels } = store.get();
  const does: { [key: string]: () => void } = {
    Delete: store.removeSelection,
    Backspace: store.removeSelection,
    "[": () => store.set({ panels: { ...panels, palette: !panels.palette } }),
    "]": () => store.set({ panels: { ...panels, inspector: !panels.inspector } }),
    "?": () => store.set({ help: true }),
    Escape: () => store.select([]),
    n: () => {
      store.set({ panels: { ...panels, palette: true } });
      setTimeout(() => document.querySelector<HTMLElement>('[data-testid="palette-search"]')?.focus(), 0);
    },
    Enter: () => {
      const node = (event.target as Element | null)?.closest?.(".react-flow__node");
      const id = node?.getAttribute("data-id");
      if (!node || event.target !== node || !id || !selected.has(id)) return;
      document.querySelector<HTMLElement>(".wj-inspector .wj-form :is(input, textarea, select, button)")?.focus();
    },
  };
  const action = does[event.key];
  if (!action) return;
  if (event.key !== "Enter" && event.key !== "Escape") event.preventDefault();
  action();
}

/** Whether keys belong to what has the focus. */
function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button"].includes(target.type);
  return target.isContentEditable || target.matches("textarea, select");
}
