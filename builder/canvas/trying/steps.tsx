/** The steps of a test or a past run in their order, with the virtual time of each. */

import { useEffect, useRef } from "react";

import { titleOf } from "../model/sentences";
import { shown, useEditor, useSlice, useStore } from "../view/context";
import { arrows } from "../view/controls";
import { Icon } from "../view/icons";
import { Tile } from "../view/tile";
import { t } from "../words";
import { failed, failure, sinceStart, wayOf } from "./path";
import { trying } from "./state";
import { afterText, longText } from "./wording";

export function EndLine() {
  const own = trying(useStore());
  const tried = useSlice(own.slice, (s) => s.tried);
  const target = useSlice(own.slice, (s) => s.target);
  const doc = useEditor(shown);
  const types = useEditor((s) => s.types);
  const nameOf = (id: string) => {
    const node = doc.nodes.find((n) => n.id === id);
    return node ? titleOf(node, types.get(node.type)) : id;
  };
  const end = tried?.ends[0];
  const line = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    line.current?.scrollIntoView?.({ block: "start" });
  }, [tried]);
  if (!tried || !end) return null;
  const wrong = tried.steps.findLast(failed);
  const said = end.stopped ? t("try.stopped") : wrong && end.reason?.startsWith(`${wrong.node}: `) ? `${nameOf(wrong.node)}: ${end.reason.slice(wrong.node.length + 2)}` : end.reason;
  const bad = end.status === "failed" || end.status === "not_started";
  const seconds = sinceStart(tried.steps).at(-1) ?? 0;
  const missed = target.kind === "until" && end.reached === false && !bad;
  return (
    <p ref={line} className="wj-try-end" data-tone={bad || missed ? "error" : undefined} data-testid="try-end" data-status={end.status} role="status">
      <Icon name={bad || missed ? "circle-alert" : "check"} />
      <span>
        <b>{missed ? t("try.not_reached") : t(`try.end_${end.status}`)}</b>
        {end.status === "not_started" || missed ? null : ` · ${t("try.count", { count: tried.steps.length })}`}
        {seconds >= 1 ? ` · ${longText(seconds)}` : null}
        {said ? <small>{said}</small> : null}
      </span>
    </p>
  );
}

export function Steps() {
  const store = useStore();
  const own = trying(store);
  const tried = useSlice(own.slice, (s) => s.tried);
  const at = useSlice(own.slice, (s) => s.at);
  const marked = useSlice(own.slice, (s) => s.marked);
  const doc = useEditor(shown);
  const types = useEditor((s) => s.types);
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    list.current?.querySelector('[aria-current="step"]')?.scrollIntoView?.({ block: "nearest" });
  }, [at]);
  if (!tried || tried.steps.length === 0) return null;
  const since = sinceStart(tried.steps);
  return (
    <ol className="wj-try-steps" aria-label={t("try.steps")} ref={list} data-testid="try-steps" onKeyDown={(event) => arrows(event, "button")}>
      {tried.steps.map((step, i) => {
        const node = doc.nodes.find((n) => n.id === step.node);
        const type = types.get(step.type);
        const way = wayOf(step, node, types);
        const wrong = failed(step);
        return (
          <li key={step.n}>
            <button type="button" aria-current={at === i ? "step" : undefined} data-coming={i >= marked || undefined} onClick={() => own.go(i)}>
              <Tile category={type?.category ?? "logic"} icon={type?.icon ?? "circle-help"} />
              <span className="wj-try-what">
                <b>{node ? titleOf(node, type) : step.node}</b>
                <small data-tone={wrong ? "error" : undefined}>
                  {[wrong ? failure(step) || t("try.failed") : way, step.pinned ? t("try.pinned") : ""].filter(Boolean).join(" · ") || t("try.passed")}
                </small>
              </span>
              <small className="wj-try-time">{afterText(since[i] ?? 0)}</small>
            </button>
          </li>
        );
      })}
    </ol>
  );
}
