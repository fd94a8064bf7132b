/** The tabs of the panel on the right: "Setup", and what other parts have hung in. */

import { useId, type KeyboardEvent, type ReactNode } from "react";

import type { JourneyNode } from "../model/types";
import { perStore } from "../state/feature";
import { Slice } from "../state/slice";
import { t } from "../words";
import { useSlice, useStore } from "./context";
import { TABS } from "./parts";

/** Which tab is open; it stays when another node is selected. */
export const openTab = perStore(() => new Slice<{ tab: string }>({ tab: "setup" }));

export function Tabbed({ node, children }: { node: JourneyNode | null; children: ReactNode }) {
  const slice = openTab(useStore());
  const wanted = useSlice(slice, (s) => s.tab);
  const id = useId();
  const now = TABS.find((tab) => tab.id === wanted);
  const names = [{ id: "setup", title: t("inspector.setup") }, ...TABS.map((tab) => ({ id: tab.id, title: t(tab.title) }))];
  const current = now?.id ?? "setup";
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = names.findIndex((name) => name.id === current);
    const next = names[(at + step + names.length) % names.length];
    if (next) slice.set({ tab: next.id });
    const list = event.currentTarget;
    setTimeout(() => list.querySelector<HTMLElement>('[aria-selected="true"]')?.focus(), 0);
    event.preventDefault();
  };
  return (
    <>
      {TABS.length > 0 ? (
        <div className="wj-tabs" role="tablist" aria-label={t("inspector.tabs")} onKeyDown={move}>
          {names.map((name) => (
            <button
              key={name.id}
              type="button"
              role="tab"
              id={`${id}-${name.id}`}
              aria-selected={name.id === current}
              aria-controls={`${id}-panel`}
              tabIndex={name.id === current ? 0 : -1}
              data-testid={`tab-${name.id}`}
              onClick={() => slice.set({ tab: name.id })}
            >
              {name.title}
            </button>
          ))}
        </div>
      ) : null}
      <div
        className="wj-inspector-body"
        id={`${id}-panel`}
        role={TABS.length > 0 ? "tabpanel" : undefined}
        aria-labelledby={TABS.length > 0 ? `${id}-${current}` : undefined}
      >
        {now ? <now.view node={node} /> : children}
      </div>
    </>
  );
}
