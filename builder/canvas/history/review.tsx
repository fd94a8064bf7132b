/** Before a publish: what changes, who is inside, what is still warned of. One key publishes. */

import { useEffect, useId, useRef } from "react";

import { sentenceOf, titleOf } from "../model/sentences";
import { useEditor, useSlice, useStore } from "../view/context";
import { Icon } from "../view/icons";
import { t } from "../words";
import { ChangeList } from "./changes";
import { looking, type Look } from "./look";
import { weight } from "./items";
import type { Review } from "./studio";

export function PublishReview() {
  const look = useSlice(looking(useStore()).slice, (s) => s.look);
  return look?.what.kind === "publish" ? <Panel look={look} /> : null;
}

function Panel({ look }: { look: Look }) {
  const store = useStore();
  const feature = looking(store);
  const busy = useEditor((s) => s.publishing);
  const state = useEditor((s) => s.journey.state);
  const next = useNext();
  const title = useId();
  const first = useRef<HTMLButtonElement>(null);
  useInspectorPlace();
  useEffect(() => first.current?.focus(), []);
  const changed = weight(feature.items());
  const nothing = look.found !== null && changed === 0;
  const again = nothing && state === "paused";
  const number = nothing ? next - 1 : next;
  return (
    <div className="wj-review" role="dialog" aria-labelledby={title} data-testid="review">
      <div className="wj-inspector-head">
        <h2 id={title}>{t("history.publish_title", { number })}</h2>
      </div>
      <div className="wj-review-body">
        {state === "paused" ? <Hint>{t("history.publish_paused")}</Hint> : null}
        {nothing ? <p>{t(look.found?.nodes.length || look.found?.notes.length ? "history.publish_same_layout" : "history.publish_same", { number })}</p> : null}
        {look.found ? null : <Starts />}
        {feature.items().length > 0 ? <ChangeList title={changed ? t("history.count", { count: changed }) : t("history.layout")} /> : null}
        {look.before ? <People /> : null}
        <Mailbox />
        <Warnings />
      </div>
      <div className="wj-review-foot">
        {nothing && !again ? null : (
          <button
            ref={first}
            type="button"
            className="wj-button"
            data-primary
            aria-disabled={busy}
            onClick={() => {
              if (!busy) void feature.publish();
            }}
            data-testid="publish-now"
          >
            {busy ? t("history.publishing") : again ? t("history.go_live_again") : t("history.publish", { number })}
          </button>
        )}
        <button ref={nothing && !again ? first : undefined} type="button" className="wj-button" onClick={feature.leave} data-testid="not-now">
          {nothing && !again ? t("history.close") : t("history.not_now")}
        </button>
      </div>
    </div>
  );
}

/** The number that the draft would get. */
export function useNext(): number {
  return useEditor((s) => Math.max(0, ...s.journey.versions.map((v) => v.number), s.journey.live?.number ?? 0) + 1);
}

/** The panel stands where the inspector stands, so that it covers no node. */
function useInspectorPlace(): void {
  const store = useStore();
  useEffect(() => {
    const { inspector } = store.get().panels;
    if (inspector) return;
    store.set({ panels: { ...store.get().panels, inspector: true } });
    return () => store.set({ panels: { ...store.get().panels, inspector: false } });
  }, [store]);
}

function Hint({ children }: { children: string }) {
  return (
    <p className="wj-hint-box">
      <Icon name="info" /> {children}
    </p>
  );
}

/** The first version: there is nothing to compare, but something begins. */
function Starts() {
  const doc = useEditor((s) => s.document);
  const types = useEditor((s) => s.types);
  const triggers = doc.nodes.filter((node) => types.get(node.type)?.category === "trigger" && !node.disabled);
  return (
    <section className="wj-review-part">
      <p>{t("history.publish_first")}</p>
      <ul className="wj-review-list">
        {triggers.map((node) => (
          <li key={node.id}>
            <b>{titleOf(node, types.get(node.type))}</b>
            <span className="wj-quiet">{sentenceOf(node, types.get(node.type))}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function People() {
  const feature = looking(useStore());
  const { review, reviewFailed } = useSlice(feature.slice, ({ review, reviewFailed }) => ({ review, reviewFailed }));
  return (
    <section className="wj-review-part" aria-live="polite" data-testid="people-inside">
      <h3>{t("history.people")}</h3>
      {reviewFailed ? <p className="wj-quiet">{t("history.people_failed")}</p> : review ? <Inside review={review} /> : <p className="wj-quiet">{t("history.loading")}</p>}
    </section>
  );
}

function Inside({ review: { inside } }: { review: Review }) {
  const all = inside.reduce((sum, version) => sum + version.people, 0);
  const gone = inside.flatMap((version) => version.steps).reduce((sum, step) => sum + (step.gone ? step.people : 0), 0);
  if (all === 0) return <p className="wj-quiet">{t("history.people_none")}</p>;
  return (
    <>
      <p className="wj-quiet">{t("history.people_stay", { count: all })}</p>
      {gone ? (
        <p className="wj-hint-box" data-testid="people-gone">
          <Icon name="info" /> {t("history.people_gone", { count: gone })}
        </p>
      ) : null}
      {inside.map((version) => (
        <div key={version.version}>
          {inside.length > 1 ? <h4>{t("history.version", { number: version.version })}</h4> : null}
          <ul className="wj-review-list">
            {version.steps.map((step) => (
              <Standing key={step.node} {...step} />
            ))}
          </ul>
        </div>
      ))}
    </>
  );
}

/** Without a mail server nothing reaches a customer, however live the journey is. */
function Mailbox() {
  const stays = useSlice(looking(useStore()).slice, (s) => s.review?.mailbox ?? false);
  return stays ? (
    <p className="wj-hint-box" role="status" data-testid="stays-in-mailbox">
      <Icon name="info" />
      <span>
        {t("history.publish_mailbox")} <a className="wj-link" href="/settings">{t("history.to_settings")}</a>
      </span>
    </p>
  ) : null;
}

function Standing({ node, title, people, gone }: Review["inside"][number]["steps"][number]) {
  const store = useStore();
  const there = useEditor((s) => s.past?.nodes.some(({ id }) => id === node) ?? false);
  return (
    <li>
      <button type="button" className="wj-link" disabled={!there} onClick={() => store.set({ reveal: [node] })}>
        {title}
      </button>
      {gone ? <span className="wj-badge" data-tone="removed">{t("history.gone")}</span> : null}
      <span className="wj-number">{people}</span>
    </li>
  );
}

/** Choosing one leads to its node in the draft. */
function Warnings() {
  const store = useStore();
  const problems = useEditor((s) => s.problems);
  const doc = useEditor((s) => s.document);
  const types = useEditor((s) => s.types);
  if (problems.length === 0) return null;
  const named = (id: string | null) => {
    const node = doc.nodes.find((n) => n.id === id);
    return node ? `${titleOf(node, types.get(node.type))}: ` : "";
  };
  return (
    <details className="wj-review-part" open={problems.some((problem) => problem.code === "placeholder") || undefined}>
      <summary>
        <Icon name="triangle-alert" size={12} /> {t("history.warnings", { count: problems.length })}
      </summary>
      <ul className="wj-review-list">
        {problems.map((problem, i) => (
          <li key={`${problem.code}/${i}`}>
            <button type="button" className="wj-review-warning" onClick={() => store.goTo(i)}>
              <b>{named(problem.node)}</b>
              {problem.message}
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}
