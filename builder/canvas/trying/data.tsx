/** What went into a step and what came out, as trees with paths that can be copied. */

import { useState } from "react";

import type { Json, JourneyNode } from "../model/types";
import { isRecord } from "../model/types";
import { useEditor, useSlice, useStore } from "../view/context";
import { Icon } from "../view/icons";
import { dateTimeText } from "../words/formats";
import { t } from "../words";
import { dataIn, failed, failure, valueAt, wayOf } from "./path";
import { trying } from "./state";
import type { Table, TriedStep } from "./types";
import { longText } from "./wording";

export function Data({ place, step, node }: { place: number; step: TriedStep; node: JourneyNode }) {
  const own = trying(useStore());
  const steps = useSlice(own.slice, (s) => s.tried?.steps ?? NONE);
  const types = useEditor((s) => s.types);
  const data = dataIn(steps, place);
  const wrong = failed(step);
  const way = wayOf(step, node, types);
  return (
    <>
      <p className="wj-try-end" data-tone={wrong ? "error" : undefined} data-testid="try-outcome">
        <Icon name={wrong ? "circle-alert" : step.pinned ? "pin" : "check"} />
        <span>
          <b>{wrong ? t("try.failed") : way ? t("try.went", { way }) : t("try.passed")}</b>
          {step.waited >= 1 ? ` · ${t("try.after", { time: longText(step.waited) })}` : null}
          <small>{[dateTimeText(step.at), wrong ? failure(step) : "", step.assumed ? t("try.assumed") : "", ...step.notes].filter(Boolean).join(" · ")}</small>
        </span>
      </p>
      {step.effect?.kind === "email" || step.effect?.kind === "http" ? <Effect effect={step.effect} /> : null}
      <Tree title={t("try.out")} value={step.output} root={`steps.${step.node}`} testId="data-out" open />
      {step.effect?.kind === "model" ? <Tree title={t("try.asked_model")} value={bodyOf(step.effect)} root="" testId="try-effect" /> : null}
      {step.input.reads.length > 0 ? <Reads paths={step.input.reads} data={data} /> : null}
      <Tree title={t("try.in")} value={data} root="" testId="data-in" />
    </>
  );
}

const NONE: never[] = [];

function bodyOf({ kind: _, ...body }: NonNullable<TriedStep["effect"]>): Table {
  return body;
}

/** What would have gone out: the email or the request, as it was rendered. */
function Effect({ effect }: { effect: NonNullable<TriedStep["effect"]> }) {
  const { kind, ...body } = effect;
  const text = (name: string) => (typeof body[name] === "string" ? (body[name] as string) : "");
  const sent = t(kind === "email" ? "try.email" : "try.request");
  return (
    <section className="wj-try-part" data-testid="try-effect">
      <h3>{sent}</h3>
      {kind === "email" ? (
        <div className="wj-preview-card">
          <small className="wj-quiet">{t("try.to", { to: text("to") })}</small>
          <p data-title="">{text("subject")}</p>
          <p>{text("text")}</p>
        </div>
      ) : (
        <Rows value={body as Table} path="" />
      )}
    </section>
  );
}

function Reads({ paths, data }: { paths: readonly string[]; data: Table }) {
  return (
    <section className="wj-try-part" data-testid="data-reads">
      <h3>{t("try.reads")}</h3>
      <ul className="wj-tree">
        {paths.map((path) => (
          <Leaf key={path} name={path} path={path} value={valueAt(data, path) as Json | undefined} />
        ))}
      </ul>
    </section>
  );
}

function Tree(props: { title: string; value: Table; root: string; testId: string; open?: boolean }) {
  const { title, value, root, testId, open } = props;
  const empty = Object.keys(value).length === 0;
  return (
    <details className="wj-try-part" open={open} data-testid={testId}>
      <summary>
        <h3>{title}</h3>
      </summary>
      {empty ? <p className="wj-quiet">{t("try.nothing")}</p> : <Rows value={value} path={root} />}
    </details>
  );
}

const MOST_ROWS = 200;

function Rows({ value, path }: { value: Table | Json[]; path: string }) {
  const entries = Object.entries(value);
  return (
    <ul className="wj-tree">
      {entries.slice(0, MOST_ROWS).map(([name, inner]) => {
        const own = path ? `${path}.${name}` : name;
        const nested = isRecord(inner) || Array.isArray(inner);
        if (!nested || Object.keys(inner).length === 0) return <Leaf key={name} name={name} path={own} value={inner} />;
        return (
          <li key={name}>
            <details open={path.split(".").length < 3 || undefined}>
              <summary>
                <code>{name}</code> <Copy path={own} />
              </summary>
              <Rows value={inner} path={own} />
            </details>
          </li>
        );
      })}
      {entries.length > MOST_ROWS ? <li className="wj-quiet">{t("try.more_rows", { count: entries.length - MOST_ROWS })}</li> : null}
    </ul>
  );
}

function Leaf({ name, path, value }: { name: string; path: string; value: Json | undefined }) {
  const missing = value === undefined;
  return (
    <li className="wj-leaf">
      <code>{name}</code>
      <span data-kind={missing ? "missing" : typeof value}>{missing ? t("try.missing") : plain(value)}</span>
      <Copy path={path} />
    </li>
  );
}

function plain(value: Json): string {
  return typeof value === "string" ? value || "“”" : JSON.stringify(value);
}

/** Copies the path as Liquid writes it. */
function Copy({ path }: { path: string }) {
  const store = useStore();
  const [done, setDone] = useState(false);
  if (!/^(customer|event|steps)\b/.test(path)) return null;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(`{{ ${path} }}`);
      setDone(true);
      store.set({ message: t("try.copied", { path }) });
    } catch {
      store.set({ message: t("try.not_copied", { path }) });
    }
  };
  return (
    <button
      type="button"
      className="wj-copy-path"
      title={t("try.copy", { path })}
      aria-label={t("try.copy", { path })}
      onClick={(event) => {
        event.preventDefault();
        void copy();
      }}
    >
      <Icon name={done ? "check" : "copy"} size={12} />
    </button>
  );
}
