/** The tab "Try": of the journey the test and its path, of a node what went in and came out. */

import { useEffect, type KeyboardEvent } from "react";

import { titleOf } from "../model/sentences";
import type { JourneyNode } from "../model/types";
import { shown, useEditor, useSlice, useStore } from "../view/context";
import { Icon } from "../view/icons";
import { t } from "../words";
import { Data } from "./data";
import { GivenForm } from "./given_form";
import { People } from "./heat";
import { PastRuns } from "./past_runs";
import { lastVisit } from "./path";
import { PinForm } from "./pin_form";
import { trying } from "./state";
import { Stepper } from "./stepper";
import { EndLine, Steps } from "./steps";

export function TryTab({ node }: { node: JourneyNode | null }) {
  const store = useStore();
  const own = trying(store);
  const view = useSlice(own.slice, (s) => s.view);
  const canEdit = useEditor((s) => s.canEdit);
  const now = canEdit || view !== "test" ? view : "runs";
  useEffect(() => {
    if (now === "test" && !own.get().samples) void own.load();
    if (now === "runs" && !own.get().runs) void own.list();
  }, [own, now]);
  const keys = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    // With what stands there now, also while an older try is on its way: its answer is not shown.
    if (canEdit && !event.repeat) void own.run();
  };
  if (node) {
    return (
      <div onKeyDown={keys}>
        <NodeTest key={node.id} node={node} />
      </div>
    );
  }
  return (
    <div className="wj-try" onKeyDown={keys}>
      <div className="wj-switch" role="group" aria-label={t("try.views")}>
        {canEdit ? (
          <button type="button" aria-pressed={now === "test"} onClick={() => own.slice.set({ view: "test" })}>
            {t("try.test")}
          </button>
        ) : null}
        <button type="button" aria-pressed={now === "runs"} data-testid="show-runs" onClick={() => own.slice.set({ view: "runs" })}>
          {t("try.runs")}
        </button>
        <button type="button" aria-pressed={now === "people"} data-testid="show-people" onClick={() => own.slice.set({ view: "people" })}>
          {t("try.people")}
        </button>
      </div>
      {now === "test" ? <Test /> : now === "runs" ? <PastRuns /> : <People />}
    </div>
  );
}

function Test() {
  const own = trying(useStore());
  const busy = useSlice(own.slice, (s) => s.busy);
  const tried = useSlice(own.slice, (s) => (s.replay ? null : s.tried));
  return (
    <>
      <GivenForm />
      <div className="wj-try-row">
        <button type="button" className="wj-button" data-testid="try-run" aria-disabled={busy} onClick={() => busy || void own.run()}>
          <Icon name="play" /> {busy ? t("try.running") : t("try.run")}
        </button>
        {tried ? (
          <button type="button" className="wj-button" onClick={own.close}>
            {t("try.clear")}
          </button>
        ) : null}
      </div>
      {tried ? null : <p className="wj-help">{t("try.promise")}</p>}
      <Failure />
      <Old />
      <EndLine />
      <Steps />
      <Pinned />
    </>
  );
}

function Failure() {
  const own = trying(useStore());
  const failure = useSlice(own.slice, (s) => s.failure);
  return failure ? (
    <p className="wj-try-failure" role="alert">
      <Icon name="circle-alert" /> {failure}
    </p>
  ) : null;
}

/** The draft has changed since it was tried. */
function Old() {
  const own = trying(useStore());
  const tried = useSlice(own.slice, (s) => (s.tried && !s.replay ? s.document : null));
  const doc = useEditor(shown);
  const changed = tried !== null && (tried.nodes !== doc.nodes || tried.edges !== doc.edges);
  return changed ? (
    <p className="wj-quiet" role="status">
      {t("try.old")}{" "}
      <button type="button" className="wj-link" onClick={() => void own.again()}>
        {t("try.again")}
      </button>
    </p>
  ) : null;
}

function Pinned() {
  const store = useStore();
  const own = trying(store);
  const pins = useSlice(own.slice, (s) => s.pins);
  const doc = useEditor(shown);
  const types = useEditor((s) => s.types);
  const nodes = doc.nodes.filter((n) => pins[n.id]);
  if (nodes.length === 0) return null;
  return (
    <section className="wj-try-part">
      <h3>{t("try.pinned_answers")}</h3>
      <ul className="wj-try-pins">
        {nodes.map((node) => (
          <li key={node.id}>
            <button type="button" className="wj-link" onClick={() => store.select([node.id])}>
              <Icon name="pin" size={12} /> {titleOf(node, types.get(node.type))}
            </button>
            <button type="button" className="wj-link" aria-label={t("try.unpin_of", { name: titleOf(node, types.get(node.type)) })} onClick={() => own.pin(node.id, null)}>
              {t("try.unpin")}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function NodeTest({ node }: { node: JourneyNode }) {
  const store = useStore();
  const own = trying(store);
  const editable = useEditor((s) => s.canEdit && s.mode !== "past");
  const busy = useSlice(own.slice, (s) => s.busy);
  const steps = useSlice(own.slice, (s) => s.tried?.steps ?? NONE);
  const at = useSlice(own.slice, (s) => s.at);
  const trigger = useEditor((s) => s.types.get(node.type)?.category === "trigger");
  const place = at !== null && steps[at]?.node === node.id ? at : lastVisit(steps, node.id);
  const step = steps[place];
  const visits = steps.flatMap((one, i) => (one.node === node.id ? [i] : []));
  return (
    <div className="wj-try">
      {editable ? (
        <div className="wj-try-row">
          <button type="button" className="wj-button" data-testid="try-until" disabled={busy} onClick={() => void own.run({ kind: "until", node: node.id })}>
            <Icon name="play" /> {t("try.to_here")}
          </button>
          {trigger ? null : (
            <button type="button" className="wj-button" data-testid="try-only" disabled={busy} onClick={() => void own.run({ kind: "only", node: node.id })}>
              {t("try.only")}
            </button>
          )}
        </div>
      ) : null}
      <Stepper phone below />
      <Failure />
      <Old />
      {visits.length > 1 ? (
        <label className="wj-field">
          <span className="wj-label">{t("try.visit")}</span>
          <select className="wj-select" value={place} onChange={(event) => own.go(Number(event.target.value))}>
            {visits.map((i, n) => (
              <option key={i} value={i}>
                {t("try.visit_of", { number: n + 1, count: visits.length })}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      {step ? (
        <Data key={place} place={place} step={step} node={node} />
      ) : (
        <p className="wj-quiet" data-testid="try-not-passed">
          {steps.length > 0 ? t("try.not_passed") : t("try.not_run")}
        </p>
      )}
      {editable && !trigger ? <PinForm key={`${node.id}/${place}`} node={node} step={step} /> : null}
    </div>
  );
}

const NONE: never[] = [];
