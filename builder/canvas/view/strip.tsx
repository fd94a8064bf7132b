/** The strip below the canvas: one problem at a time with its remedy, or the list of all. */

import { useRef } from "react";

import { tally, tallyWords } from "../model/problems";
import { titleOf } from "../model/sentences";
import { PastWords } from "../history/bar";
import type { Problem } from "../model/types";
import { t } from "../words";
import { useEditor, useStore } from "./context";
import { IconButton, useOutside } from "./controls";
import { Fixes } from "./fixes";
import { Icon } from "./icons";

export function Strip() {
  const store = useStore();
  const problems = useEditor((s) => s.problems);
  const index = useEditor((s) => s.problem);
  const open = useEditor((s) => s.panels.problems);
  const mode = useEditor((s) => s.mode);
  const count = useEditor((s) => s.document.nodes.length);
  const root = useRef<HTMLElement>(null);
  const show = (problems: boolean) => store.set({ panels: { ...store.get().panels, problems } });
  useOutside(root, open, () => show(false));
  const { errors, warnings } = tally(problems);
  const now = problems[index];
  return (
    <footer
      className="wj-strip"
      data-testid="problem-strip"
      ref={root}
      aria-label={t("problems.title")}
      onKeyDown={(event) => {
        if (event.key === "Escape") show(false);
      }}
    >
      {open && mode !== "past" && problems.length ? <List problems={problems} at={index} /> : null}
      {mode === "live" ? (
        <span className="wj-quiet">{t("problems.live")}</span>
      ) : mode === "past" ? (
        <PastWords />
      ) : !now ? (
        <span className="wj-quiet">
          <Icon name="check" size={12} /> {t(count ? "problems.none" : "problems.nothing")}
        </span>
      ) : (
        <>
          <button
            type="button"
            className="wj-tallies"
            aria-expanded={open}
            aria-label={t("problems.tally", { errors: tallyWords(errors, "error"), warnings: tallyWords(warnings, "warning") })}
            title={t("problems.showAll")}
            onClick={() => show(!open)}
            data-testid="problem-list-toggle"
          >
            {errors ? <Tally kind="error" count={errors} /> : null}{" "}
            {warnings ? <Tally kind="warning" count={warnings} /> : null}
          </button>
          <Words problem={now} />
          <span className="wj-space" />
          <Fixes problem={now} />
          <span className="wj-number">
            {t("problems.place", { n: index + 1, of: problems.length })}
          </span>
          <IconButton icon="chevron-left" label={t("problems.previous")} hint="Shift F8" onClick={() => store.goTo(index - 1)} />
          <IconButton icon="chevron-right" label={t("problems.next")} hint="F8" onClick={() => store.goTo(index + 1)} />
        </>
      )}
    </footer>
  );
}

function Tally({ kind, count }: { kind: "error" | "warning"; count: number }) {
  return (
    <span className="wj-badge" data-kind={kind}>
      <Icon name={kind === "error" ? "circle-alert" : "triangle-alert"} size={12} />
      {tallyWords(count, kind)}
    </span>
  );
}

function Words({ problem }: { problem: Problem }) {
  const store = useStore();
  const index = useEditor((s) => s.problem);
  const name = useProblemName(problem);
  return (
    <button type="button" className="wj-problem" title={problem.message} onClick={() => store.goTo(index)}>
      {name ? <b>{name}</b> : null}
      <span>{problem.message}</span>
    </button>
  );
}

function useProblemName(problem: Problem): string {
  return useEditor((s) => {
    const node = s.document.nodes.find((n) => n.id === problem.node);
    return node ? titleOf(node, s.types.get(node.type)) : "";
  });
}

function List({ problems, at }: { problems: readonly Problem[]; at: number }) {
  return (
    <ol className="wj-problem-list" aria-label={t("problems.all")} data-testid="problem-list">
      {problems.map((problem, i) => (
        <Row key={`${problem.node}/${problem.path}/${problem.code}/${i}`} problem={problem} index={i} now={i === at} />
      ))}
    </ol>
  );
}

function Row({ problem, index, now }: { problem: Problem; index: number; now: boolean }) {
  const store = useStore();
  const name = useProblemName(problem);
  return (
    <li aria-current={now || undefined}>
      <button type="button" className="wj-problem-row" onClick={() => store.goTo(index)}>
        <span className="wj-badge" data-kind={problem.severity}>
          <Icon name={problem.severity === "error" ? "circle-alert" : "triangle-alert"} size={12} />
          {t(`problems.${problem.severity}`)}
        </span>
        <span>
          {name ? <b>{name}: </b> : null}
          {problem.message}
        </span>
      </button>
      <Fixes problem={problem} />
    </li>
  );
}
