/** What of the command bar, the add panel and the menus is open, and what the browser remembers. */

import type { JourneyEdge } from "../model/types";
import { perStore } from "../state/feature";
import { Slice } from "../state/slice";
import type { Asked } from "./places";

/** A place on the screen, in pixels. */
export interface Spot {
  x: number;
  y: number;
}

export type Panel =
  | { kind: "bar" }
  | { kind: "add"; asked: Asked; spot: Spot | null }
  | { kind: "replace"; node: string }
  | { kind: "connect"; node: string; handle?: string }
  | { kind: "menu"; spot: Spot; node?: string; edge?: JourneyEdge };

export const panel = perStore(() => new Slice<{ open: Panel | null }>({ open: null }));

/** What is looked for on the canvas; null while the find bar is shut. */
export const finding = perStore(() => new Slice<{ search: string | null; at: number }>({ search: null, at: 0 }));

// --- Remembered in the browser -----------------------------------------------------------------

interface Habits {
  /** Node types by use, the latest first. */
  recent: readonly string[];
  starred: readonly string[];
  /** Entries of the command bar, the latest first. */
  commands: readonly string[];
}

const STORED = "wayline.habits";
const MOST = 8;

export const habits = new Slice<Habits>(read());

export function used(kind: "recent" | "commands", id: string): void {
  keep({ [kind]: [id, ...habits.get()[kind].filter((other) => other !== id)].slice(0, MOST) });
}

export function star(type: string): void {
  const { starred } = habits.get();
  keep({ starred: starred.includes(type) ? starred.filter((other) => other !== type) : [...starred, type] });
}

function keep(change: Partial<Habits>): void {
  habits.set(change);
  try {
    localStorage.setItem(STORED, JSON.stringify(habits.get()));
  } catch {
    // The browser keeps nothing for this page: the habits last as long as the page does.
  }
}

function read(): Habits {
  const none: Habits = { recent: [], starred: [], commands: [] };
  try {
    const found = JSON.parse(localStorage.getItem(STORED) ?? "{}") as Partial<Record<keyof Habits, unknown>>;
    const texts = (value: unknown) => (Array.isArray(value) ? value.filter((one) => typeof one === "string") : []);
    return { recent: texts(found.recent), starred: texts(found.starred), commands: texts(found.commands) };
  } catch {
    return none;
  }
}
