/** In the bar: which step of the test or run is looked at. Over the canvas: the dot that travels. */

import { ViewportPortal } from "@xyflow/react";
import { useEffect, useRef, type KeyboardEvent } from "react";

import { useSlice, useStore } from "../view/context";
import { IconButton } from "../view/controls";
import { t } from "../words";
import { trying } from "./state";

const AN_EDGE = 400; // milliseconds that the dot is on one line

/** On a phone it stands above what went in and came out, for there the bar is short. */
export function Stepper({ phone, below }: { phone: boolean; below?: boolean }) {
  const own = trying(useStore());
  const count = useSlice(own.slice, (s) => s.tried?.steps.length ?? 0);
  const at = useSlice(own.slice, (s) => s.at);
  const marked = useSlice(own.slice, (s) => s.marked);
  const dot = useSlice(own.slice, (s) => s.dot);
  const replay = useSlice(own.slice, (s) => s.replay);
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (replay && !below) bar.current?.focus();
  }, [replay, below]);
  if (count === 0 || (phone && !below)) return null;
  const now = dot ? marked - 1 : (at ?? count - 1);
  const keys = (event: KeyboardEvent) => {
    const to = { ArrowRight: now + 1, ArrowDown: now + 1, ArrowLeft: now - 1, ArrowUp: now - 1, Home: 0, End: count - 1 }[event.key];
    if (to === undefined && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    if (to !== undefined) own.go(to);
    else own.close();
  };
  return (
    <div className="wj-stepper" data-below={below} role="toolbar" aria-label={t("try.stepper")} tabIndex={-1} ref={bar} onKeyDown={keys} data-testid={below ? "stepper-below" : "stepper"}>
      <span className="wj-stepper-name">
      {replay ? t("try.replay_name", { name: replay.customer_name ?? t("try.no_customer"), version: String(replay.version) }) : t("try.test")}
      </span>
      <IconButton icon="chevron-left" label={t("try.previous")} disabled={now <= 0} onClick={() => own.go(now - 1)} />
      <span className="wj-number" role="status" data-testid={below ? undefined : "stepper-place"}>
        {t("try.place", { number: now + 1, count })}
      </span>
      <IconButton icon="chevron-right" label={t("try.next")} disabled={now >= count - 1} onClick={() => own.go(now + 1)} />
      {dot ? (
        <button type="button" className="wj-link" onClick={own.skip} data-testid="skip">
          {t("try.skip")}
        </button>
      ) : null}
      <IconButton icon="x" label={replay ? t("try.close_replay") : t("try.clear")} onClick={own.close} testId={below ? undefined : "stepper-close"} />
      <i className="wj-stepper-bar" style={{ width: `${((now + 1) / count) * 100}%` }} />
    </div>
  );
}

/** One dot along each line that somebody was sent along. */
export function Dot() {
  const own = trying(useStore());
  const dot = useSlice(own.slice, (s) => s.dot);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    own.watch(true);
    return () => own.watch(false);
  }, [own]);
  useEffect(() => {
    if (!dot) return;
    const paths = dot.lines.flatMap((line) => {
      const found = document.querySelector(`.react-flow__edge[data-id="${CSS.escape(line)}"] .wj-line-path`);
      return found?.getAttribute("d") ?? [];
    });
    const next = () => own.travel(dot.step + 1);
    if (paths.length === 0) {
      const timer = setTimeout(next, 0); // out of sight: nothing to watch
      return () => clearTimeout(timer);
    }
    const runs = paths.map((path) => {
      const spot = document.createElement("i");
      spot.className = "wj-dot-travel";
      spot.style.offsetPath = `path("${path}")`;
      root.current?.append(spot);
      return spot.animate([{ offsetDistance: "0%" }, { offsetDistance: "100%" }], { duration: AN_EDGE, easing: "cubic-bezier(.2,0,0,1)", fill: "forwards" });
    });
    const [first] = runs;
    if (first) first.onfinish = next;
    return () => {
      for (const run of runs) run.cancel();
      root.current?.replaceChildren();
    };
  }, [dot, own]);
  return (
    <ViewportPortal>
      <div ref={root} aria-hidden="true" className="wj-dots" />
    </ViewportPortal>
  );
}
