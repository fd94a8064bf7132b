/** Keys by their names: "Ctrl Shift Z", "F8", "?". Ctrl is also Command on a Mac. */

import { t, type Key } from "../words";

const NAMES: { readonly [key: string]: string } = {
  Escape: "Esc",
  " ": "Space",
  ArrowUp: "Up",
  ArrowDown: "Down",
  ArrowLeft: "Left",
  ArrowRight: "Right",
  ContextMenu: "Menu",
};

export interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  getModifierState?: (name: string) => boolean;
}

/** What was pressed. A sign that needs Shift or AltGr on some keyboard is only its sign. */
export function chordOf(event: Pressed): string {
  const sign = event.key.length === 1 && event.key !== " " && event.key.toLowerCase() === event.key.toUpperCase();
  const other = event.getModifierState?.("AltGraph") ?? false;
  const ctrl = (event.ctrlKey || event.metaKey) && !other;
  const alt = event.altKey && !other;
  const name = NAMES[event.key] ?? (event.key.length === 1 ? event.key.toUpperCase() : event.key);
  const digit = /^\d$/.test(event.key);
  const shift = event.shiftKey && (!sign || digit);
  return [ctrl ? "Ctrl" : "", alt ? "Alt" : "", shift ? "Shift" : "", name].filter(Boolean).join(" ");
}

/**
 * Keys that browsers and screen readers keep for themselves, or that people need for the page as a
 * whole (zoom, reload, print, find in the address bar). Nothing here may use them.
 */
export const RESERVED: ReadonlySet<string> = new Set([
  ...["N", "T", "W", "Q", "R", "L", "P", "H", "J", "U", "O", "Tab", "F4", "+", "-", "0", "="].map((key) => `Ctrl ${key}`),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((key) => `Ctrl ${key}`),
  ...["N", "T", "W", "P", "R", "I", "J", "C", "Tab", "Delete"].map((key) => `Ctrl Shift ${key}`),
  ...["F4", "Left", "Right", "Home", "Tab", "D", "E", "F"].map((key) => `Alt ${key}`),
  ...["F1", "F5", "F6", "F10", "F11", "F12", "Tab", "Shift Tab", "Insert", "CapsLock"],
]);

/** Keys that two commands want, with the names of those. */
export function collisions(commands: readonly { id: string; keys?: readonly string[] }[]): string[] {
  const users = new Map<string, string[]>();
  for (const { id, keys } of commands) for (const key of keys ?? []) users.set(key, [...(users.get(key) ?? []), id]);
  return [...users].filter(([, ids]) => ids.length > 1).map(([key, ids]) => `${key}: ${ids.join(", ")}`);
}

const ON_A_MAC: { readonly [name: string]: string } = { Ctrl: "⌘", Alt: "⌥", Shift: "⇧" };
const ARROWS: { readonly [name: string]: string } = { Up: "↑", Down: "↓", Left: "←", Right: "→" };

const NAMED: { readonly [name: string]: Key } = {
  Ctrl: "editor.key_ctrl",
  Shift: "editor.key_shift",
  Delete: "editor.key_delete",
  Del: "editor.key_delete",
  Backspace: "editor.key_backspace",
  Space: "editor.key_space",
};

/** As it is written on this person's keyboard. */
export function written(chord: string, mac = onMac()): string {
  return chord.split(" ").map((part) => keyName(part, mac)).join(" ");
}

function keyName(part: string, mac: boolean): string {
  const sign = ARROWS[part] ?? (mac ? ON_A_MAC[part] : undefined);
  const named = NAMED[part];
  return sign ?? (named ? t(named) : part);
}

function onMac(): boolean {
  return typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);
}
