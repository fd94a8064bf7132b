/** Pins what a step answers: the way it leaves by and what it puts out, for the next tests. */

import { useState } from "react";

import { exits, isPlain } from "../model/handles";
import type { JourneyNode } from "../model/types";
import { isRecord } from "../model/types";
import { useEditor, useSlice, useStore } from "../view/context";
import { Icon } from "../view/icons";
import { t } from "../words";
import { readJson } from "./given";
import { byWay, exampleOutput } from "./pins";
import { trying } from "./state";
import type { Pin, Table, TriedStep } from "./types";

export function PinForm({ node, step }: { node: JourneyNode; step: TriedStep | undefined }) {
  const own = trying(useStore());
  const pin = useSlice(own.slice, (s) => s.pins[node.id]);
  const type = useEditor((s) => s.types.get(node.type));
  const handles = exits(type, node.config);
  if (handles.length === 0) return null; // it ends the journey: there is no answer to pin
  if (!pin) {
    const first = handles.find((h) => h.hoped) ?? handles[0];
    const handle = step?.handle ?? first?.name;
    const output = step ? step.output : (exampleOutput(type, handle ?? "") ?? {});
    return (
      <button type="button" className="wj-link" data-testid="pin" onClick={() => own.pin(node.id, { ...(handle ? { handle } : {}), output })}>
        <Icon name="pin" size={12} /> {step ? t("try.pin") : t("try.pin_first")}
      </button>
    );
  }
  return (
    <section className="wj-try-part" data-testid="pin-form" aria-label={t("try.pinned_answer")}>
      <h3>
        <Icon name="pin" size={12} /> {t("try.pinned_answer")}
      </h3>
      <p className="wj-help">{t("try.pinned_help")}</p>
      {handles.length > 1 ? (
        <label className="wj-field">
          <span className="wj-label">{t("try.leaves_by")}</span>
          <select className="wj-select" data-testid="pin-handle" value={pin.handle ?? ""} onChange={(event) => own.pin(node.id, byWay(pin, event.target.value, type))}>
            {handles.map((handle) => (
              <option key={handle.name} value={handle.name}>
                {isPlain(handle) ? t("try.plain_way") : handle.label}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      <Output key={pin.handle} pin={pin} onChange={(output) => own.pin(node.id, { ...pin, output, own: true })} />
      <div className="wj-try-row">
        <button type="button" className="wj-button" data-testid="pin-run" onClick={() => void own.run()}>
          <Icon name="play" /> {t("try.run_again")}
        </button>
        <button type="button" className="wj-button" data-testid="unpin" onClick={() => own.pin(node.id, null)}>
          {t("try.unpin")}
        </button>
      </div>
    </section>
  );
}

function Output({ pin, onChange }: { pin: Pin; onChange: (output: Table) => void }) {
  const [text, setText] = useState(() => JSON.stringify(pin.output ?? {}, null, 2));
  const read = readJson(text);
  const wrong = read.ok || read.kind !== "json" ? (isObject(text) ? "" : t("try.bad_object")) : t("try.bad_json", { line: read.line, column: read.column });
  return (
    <label className="wj-field">
      <span className="wj-label">{t("try.puts_out")}</span>
      <textarea
        className="wj-input"
        data-mono
        rows={6}
        spellCheck={false}
        aria-invalid={wrong !== ""}
        data-testid="pin-output"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          if (isObject(event.target.value)) onChange(JSON.parse(event.target.value) as Table);
        }}
      />
      {wrong ? (
        <span className="wj-try-failure" role="alert">
          {wrong}
        </span>
      ) : null}
    </label>
  );
}

function isObject(text: string): boolean {
  try {
    return isRecord(JSON.parse(text));
  } catch {
    return false;
  }
}
