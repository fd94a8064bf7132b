/** In the bar above: what is looked at, and the way back. */

import { useEffect } from "react";

import { useSlice, useStore } from "../view/context";
import { Icon } from "../view/icons";
import { t } from "../words";
import { useTitle } from "./chosen";
import { looking, type What } from "./look";

export function LookBar({ phone }: { phone: boolean }) {
  const feature = looking(useStore());
  const look = useSlice(feature.slice, (s) => s.look);
  useLeaving();
  if (!look || look.what.kind === "publish") return null;
  return (
    <>
      {phone ? null : <Seen what={look.what} />}
      <button type="button" className="wj-button" onClick={feature.leave} data-testid="back-to-draft">
        <Icon name="chevron-left" /> {t("history.back")}
      </button>
    </>
  );
}

function Seen({ what }: { what: What }) {
  return <span className="wj-tag" data-testid="looking-at">{useTitle(what)}</span>;
}

/** In the strip below: what the colours mean, or that this state cannot be changed. */
export function PastWords() {
  const words = useSlice(looking(useStore()).slice, ({ look }) => {
    if (look?.what.kind === "publish") return look.found ? "history.review_strip" : "history.publish_strip";
    return look?.found ? "history.changes_strip" : "history.looking_strip";
  });
  return <span className="wj-quiet">{t(words)}</span>;
}

/** Escape takes a selection away first, then leads back to the draft. */
function useLeaving(): void {
  const store = useStore();
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      const look = looking(store);
      const kind = look.slice.get().look?.what.kind;
      if (event.key !== "Escape" || !kind || event.defaultPrevented) return;
      const target = event.target instanceof Element ? event.target : null;
      if (document.querySelector("dialog[open]") || target?.closest("[role=menu], [role=listbox]")) return;
      if (kind !== "publish" && store.get().selected.size > 0) return;
      event.preventDefault();
      event.stopPropagation();
      look.leave();
    };
    window.addEventListener("keydown", key, true);
    return () => window.removeEventListener("keydown", key, true);
  }, [store]);
}
