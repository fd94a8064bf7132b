/** Edits of one field that are no typing: each is a step of its own for undo. */

import type { EditorStore } from "./store";

/** Carries out a change that joins neither the edit before it nor the one after it. */
export function apart(store: EditorStore | null, change: () => void): void {
  close(store);
  change();
  close(store);
}

function close(store: EditorStore | null): void {
  const history = store?.get().history;
  const last = history?.done.at(-1);
  if (!store || !history || !last?.key) return;
  const { key: _, ...closed } = last;
  store.set({ history: { ...history, done: [...history.done.slice(0, -1), closed] } });
}
