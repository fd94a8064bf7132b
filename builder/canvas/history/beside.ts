/** Looking at something from elsewhere than the tab: the tab opens with it, and goes with it. */

import type { EditorStore } from "../state/store";
import { openTab } from "../view/tabs";
import { looking, type Compare, type What } from "./look";

export function lookBeside(store: EditorStore, what: What, compare: Compare = "draft"): void {
  const look = looking(store);
  const tab = openTab(store);
  const before = tab.get().tab;
  const { panels } = store.get();
  store.select([]);
  store.set({ panels: { ...panels, inspector: true } });
  void look.open(what, compare).then(() => {
    if (!look.slice.get().look || before === "history") return;
    tab.set({ tab: "history" });
    const end = look.slice.watch(() => {
      if (look.slice.get().look) return;
      end();
      if (tab.get().tab === "history") tab.set({ tab: before });
    });
  });
}
