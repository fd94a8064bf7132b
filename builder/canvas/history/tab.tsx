/** The tab "History": who changed what and when; what is chosen is shown on the canvas. */

import { useEffect, type ReactNode } from "react";

import { titleOf } from "../model/sentences";
import type { JourneyNode } from "../model/types";
import { useEditor, useSlice, useStore } from "../view/context";
import { arrows } from "../view/controls";
import { Icon } from "../view/icons";
import { t } from "../words";
import { dateText, dateTimeText, listText, timeText } from "../words/formats";
import { Chosen } from "./chosen";
import { looking } from "./look";
import { pages } from "./pages";
import { entries, type Edit, type Entry, type Sitting, type Version } from "./timeline";
import { useChanges } from "./versions";

export function HistoryTab({ node }: { node: JourneyNode | null }) {
  const look = useSlice(looking(useStore()).slice, (s) => s.look);
  return look && look.what.kind !== "publish" ? <Chosen look={look} node={node} /> : <Timeline node={node} />;
}

function Timeline({ node }: { node: JourneyNode | null }) {
  const store = useStore();
  const history = pages(store);
  const { edits, versions, whole, busy, failure } = useSlice(history.slice, (s) => s);
  const saved = useEditor((s) => (s.save.kind === "saved" ? s.save.at : "")) + useEditor((s) => String(s.journey.live?.number));
  const type = useEditor((s) => s.types.get(node?.type ?? ""));
  useEffect(() => {
    void history.refresh();
  }, [history, saved]);
  const own = node ? edits.filter((edit) => edit.nodes?.includes(node.id)) : edits;
  const found = entries(own, node ? [] : versions, whole);
  return (
    <div className="wj-history" data-testid="history" aria-busy={busy} onKeyDown={(event) => arrows(event, "button, summary")}>
      <h2 className="wj-unseen">{node ? t("history.node_title", { name: titleOf(node, type) }) : t("history.title")}</h2>
      {node ? null : <SinceLive />}
      {days(found).map(({ day, entries: own }) => (
        <section key={day} aria-label={day}>
          <h4>{day}</h4>
          <ol>
            {own.map((entry) =>
              entry.kind === "version" ? (
                <Milestone key={`v${entry.version.number}`} version={entry.version} />
              ) : (
                <Row key={entry.edits[0]?.rev} sitting={entry} />
              ),
            )}
          </ol>
        </section>
      ))}
      {failure ? (
        <Told icon="circle-alert">
          {t("history.failed", { why: failure })}{" "}
          <button type="button" className="wj-link" onClick={() => void history.refresh()}>
            {t("history.again")}
          </button>
        </Told>
      ) : null}
      {!failure && found.length === 0 ? <Told icon="clock">{busy ? t("history.loading") : t(node ? "history.none_node" : "history.none")}</Told> : null}
      {!whole && edits.length > 0 ? (
        <button type="button" className="wj-button" onClick={() => void history.earlier()} data-testid="history-earlier">
          {t("history.earlier")}
        </button>
      ) : null}
    </div>
  );
}

/** What is not live yet; in the bar above there is no room for it on a phone. */
function SinceLive() {
  const store = useStore();
  const number = useEditor((s) => s.journey.live?.number);
  const count = useChanges();
  if (number === undefined || count === 0) return null;
  return (
    <button type="button" className="wj-button" onClick={() => void looking(store).open({ kind: "changes" })} data-testid="since-live">
      <Icon name="pencil" /> {t("history.head_changes", { count, number })}
    </button>
  );
}

function Told({ icon, children }: { icon: string; children: ReactNode }) {
  return (
    <p className="wj-hint-box" role="status">
      <Icon name={icon} /> <span>{children}</span>
    </p>
  );
}

function Row({ sitting }: { sitting: Sitting }) {
  const store = useStore();
  const label = useLabels();
  const [last, first] = [sitting.edits[0], sitting.edits.at(-1)];
  if (!last || !first) return null;
  const labels = [...new Set(sitting.edits.map(label))];
  const open = (from: Edit, to: Edit) => void looking(store).open({ kind: "edits", first: from, last: to });
  return (
    <li className="wj-sitting" data-testid={`sitting-${last.rev}`}>
      <button type="button" onClick={() => open(first, last)}>
        <span className="wj-sitting-who">
          <b>{nameOf(last)}</b>
          <time dateTime={last.at}>{timeText(last.at)}</time>
          {first === last && last.count === 0 ? null : (
            <span className="wj-quiet">{t("history.edits", { count: sitting.doings.length })}</span>
          )}
        </span>
        <small>{labels.slice(0, 3).join(", ")}{labels.length > 3 ? ", …" : ""}</small>
      </button>
      {sitting.doings.length > 1 ? (
        <details>
          <summary>{t("history.each")}</summary>
          <ol>
            {sitting.doings.map((doing) => {
              const [edit = last] = doing;
              return (
                <li key={edit.rev}>
                  <button type="button" onClick={() => open(doing.at(-1) ?? edit, edit)} data-testid={`edit-${edit.rev}`}>
                    <time dateTime={edit.at}>{timeText(edit.at)}</time>
                    <span>{label(edit)}</span>
                  </button>
                </li>
              );
            })}
          </ol>
        </details>
      ) : null}
    </li>
  );
}

function Milestone({ version }: { version: Version }) {
  const store = useStore();
  const live = useEditor((s) => s.journey.live?.number === version.number);
  const when = timeText(version.published_at);
  const said = version.person.name ? t("history.version_by", { when, who: version.person.name }) : t("history.version_on", { when });
  return (
    <li className="wj-milestone" data-testid={`version-${version.number}`}>
      <button type="button" onClick={() => void looking(store).open({ kind: "version", number: version.number })}>
        <span className="wj-dot" data-on={live || undefined} />
        <b>{t("history.version", { number: version.number })}</b>
        <span className="wj-quiet">
          {said}
          {live ? `, ${t("history.live_now")}` : ""}
        </span>
      </button>
    </li>
  );
}

/** What was done, as it was called then; without a name, by the nodes that it touched. */
function useLabels(): (edit: Edit) => string {
  const doc = useEditor((s) => s.document);
  const types = useEditor((s) => s.types);
  return ({ label, count, nodes = [] }) => {
    if (label) return label;
    const names = doc.nodes.filter(({ id }) => nodes.includes(id)).map((node) => titleOf(node, types.get(node.type)));
    if (names.length > 0) return t("history.edited_nodes", { names: listText(names.slice(0, 3)) });
    return t(count === 0 ? "history.start" : "history.edited");
  };
}

export function nameOf(edit: Edit): string {
  return edit.person.name || t("history.someone");
}

function days(all: readonly Entry[]): { day: string; entries: Entry[] }[] {
  const found: { day: string; entries: Entry[] }[] = [];
  for (const entry of all) {
    const day = dayOf(entry.kind === "version" ? entry.version.published_at : (entry.edits[0]?.at ?? ""));
    const last = found.at(-1);
    if (last?.day === day) last.entries.push(entry);
    else found.push({ day, entries: [entry] });
  }
  return found;
}

function dayOf(at: string): string {
  const day = dateText(at);
  if (day === dateText(Date.now())) return t("history.today");
  return day === dateText(Date.now() - 86_400_000) ? t("history.yesterday") : day;
}

/** "Ines, 12 Nov, 14:02". */
export function sittingName(edit: Edit): string {
  return t("history.looking_edit", { who: nameOf(edit), when: dateTimeText(edit.at) });
}
