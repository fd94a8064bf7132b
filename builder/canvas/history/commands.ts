/** What can be done with the history by name or key. */

import type { Command } from "../state/commands";
import { openTab } from "../view/tabs";
import { lookBeside } from "./beside";
import { looking } from "./look";

export const historyCommands: readonly Command[] = [
  {
    id: "history.publish",
    title: "history.review",
    icon: "check",
    keys: ["Shift P"],
    group: "publish",
    when: (state) => state.mode === "draft" && state.canEdit,
    run: (store) => void looking(store).review(),
  },
  {
    id: "history.show",
    title: "history.show",
    icon: "clock",
    keys: ["Shift H"],
    group: "view",
    run: (store) => {
      looking(store).leave();
      store.select([]);
      store.set({ panels: { ...store.get().panels, inspector: true } });
      openTab(store).set({ tab: "history" });
    },
  },
  {
    id: "history.changes",
    title: "history.show_changes",
    icon: "pencil",
    group: "view",
    when: (state) => state.journey.live !== null,
    run: (store) => lookBeside(store, { kind: "changes" }),
  },
  {
    id: "history.next",
    title: "history.next",
    icon: "chevron-down",
    keys: ["F7"],
    group: "go",
    when: (_, store) => looking(store).slice.get().look !== null,
    run: (store) => looking(store).step(1),
  },
  {
    id: "history.previous",
    title: "history.previous",
    icon: "chevron-up",
    keys: ["Shift F7"],
    group: "go",
    when: (_, store) => looking(store).slice.get().look !== null,
    run: (store) => looking(store).step(-1),
  },
  {
    id: "history.restore",
    title: "history.restore",
    icon: "rotate-ccw",
    group: "edit",
    when: (state, store) => {
      const kind = looking(store).slice.get().look?.what.kind;
      return state.canEdit && (kind === "edits" || kind === "version");
    },
    run: (store) => looking(store).restore(),
  },
  {
    id: "history.leave",
    title: "history.back",
    icon: "chevron-left",
    group: "view",
    when: (_, store) => looking(store).slice.get().look !== null,
    run: (store) => looking(store).leave(),
  },
];
