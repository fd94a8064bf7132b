/** Draft or live, what lies between them, and every older version. */

import { useMemo } from "react";

import { changes } from "../model/diff";
import { useEditor, useSlice, useStore } from "../view/context";
import { Menu } from "../view/controls";
import { Icon } from "../view/icons";
import { t } from "../words";
import { dateTimeText } from "../words/formats";
import { lookBeside } from "./beside";
import { looking } from "./look";

/** What a version says of itself, as the studio gives it. */
interface Told {
  number: number;
  published_at?: string;
  published_by?: string | null;
}

/** How many things of the draft are not live; 0 while nothing is. */
export function useChanges(): number {
  const live = useEditor((s) => s.journey.live);
  const doc = useEditor((s) => s.document);
  return useMemo(() => (live ? changes(doc, live.document) : 0), [doc, live]);
}

export function Versions() {
  const store = useStore();
  const mode = useEditor((s) => s.mode);
  const live = useEditor((s) => s.journey.live);
  const paused = useEditor((s) => s.journey.state === "paused");
  const versions = useEditor((s) => s.journey.versions) as readonly Told[];
  const seen = useSlice(looking(store).slice, (s) => s.look?.what.kind);
  const count = useChanges();
  const go = (next: "draft" | "live") => {
    looking(store).leave();
    store.select([]);
    store.set({ mode: next });
  };
  const name = (version: Told) =>
    [
      t("history.version", { number: version.number }),
      version.number === live?.number ? t("history.live_now") : "",
      version.published_at ? dateTimeText(version.published_at) : "",
      version.published_by ?? "",
    ].filter(Boolean).join(", ");
  return (
    <div className="wj-versions">
      <div className="wj-switch" role="group" aria-label={t("history.switch")}>
        <button type="button" aria-pressed={mode === "draft"} onClick={() => go("draft")} data-testid="show-draft">
          <Icon name="pencil" size={12} />
          {t("history.draft")}
        </button>
        {count ? (
          <button
            type="button"
            aria-pressed={seen === "changes"}
            title={t("history.changes_hint")}
            onClick={() => lookBeside(store, { kind: "changes" })}
            data-testid="show-changes"
          >
            {t("history.count", { count })}
          </button>
        ) : null}
        <button
          type="button"
          aria-pressed={mode === "live"}
          disabled={!live}
          title={live ? t("history.live_hint") : t("history.not_live_hint")}
          onClick={() => go("live")}
          data-testid="show-live"
        >
          <span className="wj-dot" data-on={(live !== null && !paused) || undefined} />
          {live ? t(paused ? "history.paused" : "history.live", { number: live.number }) : t("history.not_live")}
        </button>
      </div>
      {versions.length > 0 ? (
        <Menu
          label={t("history.versions")}
          align="start"
          button={<Icon name="chevron-down" />}
          testId="versions"
          items={[...versions]
            .sort((a, b) => b.number - a.number)
            .map((version) => ({
              label: name(version),
              onSelect: () => lookBeside(store, { kind: "version", number: version.number }, "was"),
            }))}
        />
      ) : null}
    </div>
  );
}
