/** Past runs: the list, and one of them step by step over the document it travelled. */

import { useEditor, useSlice, useStore } from "../view/context";
import { Icon } from "../view/icons";
import { t } from "../words";
import { trying } from "./state";
import { EndLine, Steps } from "./steps";
import type { PastRun } from "./types";
import { runText } from "./wording";

export function PastRuns() {
  const own = trying(useStore());
  const runs = useSlice(own.slice, (s) => s.runs);
  const more = useSlice(own.slice, (s) => s.more);
  const replay = useSlice(own.slice, (s) => s.replay);
  const failure = useSlice(own.slice, (s) => s.failure);
  const live = useEditor((s) => s.journey.live !== null);
  if (replay) return <OneRun run={replay} />;
  return (
    <>
      {failure ? (
        <p className="wj-try-failure" role="alert">
          <Icon name="circle-alert" /> {failure}
        </p>
      ) : null}
      {!runs ? (
        failure ? null : <p className="wj-quiet">{t("try.loading")}</p>
      ) : runs.length === 0 ? (
        <p className="wj-quiet">{live ? t("try.no_runs") : t("try.no_runs_yet")}</p>
      ) : (
        <ul className="wj-try-runs" aria-label={t("try.runs")} data-testid="past-runs">
          {runs.map((run) => (
            <li key={run.id}>
              <button type="button" onClick={() => void own.replay(run)}>
                <Icon name={run.status === "failed" ? "circle-alert" : run.ended_at ? "check" : "clock"} />
                <span className="wj-try-what">
                  <b>{run.customer_name ?? t("try.no_customer")}</b>
                  <small data-tone={run.status === "failed" ? "error" : undefined}>{runText(run)}</small>
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <div className="wj-try-row">
        {more ? (
          <button type="button" className="wj-button" onClick={() => void own.list(true)}>
            {t("try.more_runs")}
          </button>
        ) : null}
        {runs ? (
          <button type="button" className="wj-link" onClick={() => void own.list()}>
            <Icon name="rotate-ccw" size={12} /> {t("try.refresh")}
          </button>
        ) : null}
      </div>
    </>
  );
}

function OneRun({ run }: { run: PastRun }) {
  const own = trying(useStore());
  const canEdit = useEditor((s) => s.canEdit);
  return (
    <>
      <div className="wj-try-row">
        <button type="button" className="wj-button" data-testid="replay-close" onClick={own.close}>
          <Icon name="chevron-left" /> {t("try.all_runs")}
        </button>
        {canEdit ? (
          <button type="button" className="wj-button" data-testid="try-event" onClick={() => void own.tryEvent()}>
            <Icon name="play" /> {t("try.try_event")}
          </button>
        ) : null}
      </div>
      <p>
        <b>{run.customer_name ?? t("try.no_customer")}</b>
        <br />
        <small className="wj-quiet">{runText(run)}</small>
      </p>
      <EndLine />
      <Steps />
    </>
  );
}
