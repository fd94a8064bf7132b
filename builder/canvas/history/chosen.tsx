/** What is looked at: what it is compared with, its changes, and the way back to it. */

import type { JourneyNode } from "../model/types";
import { useEditor, useSlice, useStore } from "../view/context";
import { Icon } from "../view/icons";
import { t } from "../words";
import { ChangeList } from "./changes";
import { weight } from "./items";
import { looking, type Compare, type Look, type What } from "./look";
import { sittingName } from "./tab";

export function Chosen({ look, node }: { look: Look; node: JourneyNode | null }) {
  const store = useStore();
  const feature = looking(store);
  const canEdit = useEditor((s) => s.canEdit);
  const { failure, busy } = useSlice(feature.slice, ({ failure, busy }) => ({ failure, busy }));
  const { what, compare, found } = look;
  const past = what.kind !== "changes";
  const items = feature.items();
  const own = node ? items.filter((item) => item.node === node.id) : items;
  return (
    <div className="wj-chosen" data-testid="looking" aria-busy={busy}>
      <button type="button" className="wj-link wj-chosen-back" onClick={node ? () => store.select([]) : feature.leave} data-testid="to-list">
        <Icon name="chevron-left" /> {node ? t("history.all_changes") : t("history.to_list")}
      </button>
      <h3>{useTitle(what)}</h3>
      {past ? <Comparing compare={compare} what={what} /> : null}
      {failure ? <p className="wj-hint-box" role="alert">{failure}</p> : null}
      {past && canEdit ? (
        <button type="button" className="wj-button" data-primary onClick={feature.restore} data-testid="restore">
          <Icon name="rotate-ccw" /> {t("history.restore")}
        </button>
      ) : null}
      {found && own.length > 0 ? <ChangeList title={headOf(look, weight(items))} node={node?.id ?? null} /> : null}
      {found && own.length === 0 ? <p className="wj-quiet">{t(node ? "history.node_same" : "history.head_none")}</p> : null}
      {!found && compare === "did" ? <p className="wj-quiet">{t(isFirst(what) ? "history.first_state" : "history.no_before")}</p> : null}
    </div>
  );
}

/** Whether there was nothing before. */
function isFirst(what: What): boolean {
  return what.kind === "edits" ? what.first.rev === 1 : what.kind === "version" && what.number === 1;
}

function Comparing({ compare, what }: { compare: Compare; what: What }) {
  const feature = looking(useStore());
  const ways: [Compare, string][] = [
    ["draft", t("history.as_draft")],
    ["did", t("history.as_did")],
    ["was", t("history.as_was")],
  ];
  return (
    <div className="wj-switch" role="group" aria-label={t("history.compare")} data-kind={what.kind}>
      {ways.map(([way, words]) => (
        <button key={way} type="button" aria-pressed={way === compare} onClick={() => feature.compare(way)} data-testid={`compare-${way}`}>
          {words}
        </button>
      ))}
    </div>
  );
}

export function useTitle(what: What): string {
  const live = useEditor((s) => s.journey.live?.number);
  if (what.kind === "edits") return sittingName(what.last);
  if (what.kind === "version") return t("history.looking_version", { number: what.number });
  return t("history.looking_changes", { number: live ?? 0 });
}

function headOf({ what, compare }: Look, count: number): string {
  if (count === 0) return t("history.layout");
  if (what.kind === "changes" || what.kind === "publish") return t("history.count", { count });
  return t(compare === "draft" ? "history.head_draft" : "history.head_did", { count });
}
