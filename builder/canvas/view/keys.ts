/** The keyboard: every key that is not a field's own business comes from the registry of commands. */

import { useEffect } from "react";

import { chordOf } from "../commands/chords";
import { pasteText, remove } from "../commands/doing";
import { chosen, leaveField } from "../commands/focus";
import { commandOf, perform, possible, register } from "../commands/registry";
import type { EditorStore } from "../state/store";
import { COMMANDS } from "./commands";
import { useStore } from "./context";

/** These come before React Flow, which would move the selected nodes by every arrow. */
const EARLY = /^(Ctrl|Alt)( Shift)? (Up|Down|Left|Right)$/;

export function useKeys(): void {
  const store = useStore();
  useEffect(() => {
    register(COMMANDS);
    let selected: ReadonlySet<string> = new Set();
    const before = (event: KeyboardEvent) => {
      selected = store.get().selected; // the first Enter on a node selects it, the second opens it
      if (!EARLY.test(chordOf(event)) || busy() || isField(event.target) || hasOwn(event.target)) return;
      if (press(event, store)) event.stopPropagation();
    };
    const key = (event: KeyboardEvent) => {
      if (event.defaultPrevented || busy()) return;
      const chord = chordOf(event);
      if (isField(event.target)) {
        if (chord === "Esc") leaveField(store); // the keys are free again
        else if (commandOf(chord)?.anywhere) press(event, store);
        return;
      }
      if (chord === "Enter" && !opens(event.target, selected)) return;
      press(event, store);
    };
    const copy = (event: ClipboardEvent) => {
      if (isField(event.target) || busy() || String(document.getSelection()) !== "") return;
      if (store.get().selected.size === 0) store.select(chosen(store)); // the node under the focus
      const text = store.copy();
      if (!text) return;
      event.clipboardData?.setData("text/plain", text);
      event.preventDefault();
      if (event.type === "cut") remove(store);
    };
    const paste = (event: ClipboardEvent) => {
      if (isField(event.target) || busy()) return;
      pasteText(store, event.clipboardData?.getData("text/plain") ?? "");
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

/** Does what the pressed key means; says whether it meant anything. */
function press(event: KeyboardEvent, store: EditorStore): boolean {
  const command = commandOf(chordOf(event));
  if (!command || command.native) return false;
  // A key of ours never falls through to the browser's own (a bookmark, its search) by chance.
  if (possible(store, command) || event.ctrlKey || event.metaKey) event.preventDefault();
  perform(store, command);
  return true;
}

/** Enter opens the node under the focus, if it was chosen before; on a button it presses that. */
function opens(target: EventTarget | null, selected: ReadonlySet<string>): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.matches('[role="treeitem"]')) return true;
  return target.matches(".react-flow__node") && selected.has(target.dataset.id ?? "");
}

/** While a dialog or a menu is open the keys are its own. */
function busy(): boolean {
  return document.querySelector('dialog[open], [role="menu"]') !== null;
}

/** What moves itself by these keys, say a row of a condition. */
function hasOwn(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("[data-own-keys]") !== null;
}

/** Whether keys belong to what has the focus. */
function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button"].includes(target.type);
  return target.isContentEditable || target.matches("textarea, select");
}
