/** The journey's own settings, shown while no node is selected. */

import { ObjectForm } from "../form/object_form";
import { FormContext } from "../form/scope";
import type { Config, JourneyDocument, Op, Schema } from "../model/types";
import { isRecord, same } from "../model/types";
import { shown, useEditor, useStore } from "./context";
import { t } from "../words";

const event = () => ({ kind: "event", label: t("inspector.form_event"), placeholder: "call.booked" });

/** What the engine carries out today. `name`, `about` and `stage` stand beside `settings`. */
function schema(stages: { name: string; title: string }[], reentry: string): Schema {
  const condition: Schema = {
    type: "object",
    "x-field": { kind: "condition", label: t("inspector.form_only_when"), scope: "arriving" },
  };
  return {
    type: "object",
    required: ["name"],
    properties: {
      name: { type: "string", "x-field": { kind: "text", label: t("inspector.form_name") } },
      about: { type: "string", "x-field": { kind: "text", label: t("inspector.form_about"), multiline: true } },
      stage: {
        type: "string",
        "x-field": {
          kind: "choice",
          label: t("inspector.form_stage"),
          options: Object.fromEntries(stages.map((s) => [s.name, s.title])),
        },
      },
      reentry: {
        type: "object",
        "x-field": { kind: "group", label: t("inspector.form_back") },
        properties: {
          mode: {
            type: "string",
            default: "when_finished",
            "x-field": {
              kind: "choice",
              label: t("inspector.form_enter"),
              options: {
                once: t("inspector.form_once"),
                when_finished: t("inspector.form_finished"),
                always: t("inspector.form_always"),
                after: t("inspector.form_after"),
              },
            },
          },
          ...(reentry === "after"
            ? { wait: { type: "string", "x-field": { kind: "duration", label: t("inspector.form_between") } } }
            : {}),
        },
      },
      goal: {
        type: "object",
        "x-field": { kind: "group", label: t("inspector.form_goal") },
        properties: {
          event: { type: "string", "x-field": { ...event(), help: t("inspector.form_goal_help") } },
          within: { type: "string", "x-field": { kind: "duration", label: t("inspector.form_within") } },
        },
      },
      exit_when: {
        type: "array",
        items: {
          type: "object",
          required: ["event"],
          properties: { event: { type: "string", "x-field": event() }, where: condition },
        },
        "x-field": { kind: "listing", label: t("inspector.form_leave"), help: t("inspector.form_leave_help") },
      },
      time_zone: {
        type: "string",
        "x-field": {
          kind: "time_zone",
          label: t("inspector.form_zone"),
          placeholder: "customer",
          help: t("inspector.form_zone_help"),
        },
      },
    },
  };
}

const OUTSIDE = ["name", "about", "stage"] as const;

export function JourneyForm() {
  const store = useStore();
  const doc = useEditor(shown);
  const types = useEditor((s) => s.types);
  const catalogue = useEditor((s) => s.catalogue);
  const problems = useEditor((s) => s.problems);
  const editable = useEditor((s) => s.mode === "draft" && s.canEdit);
  const own = problems.filter((p) => p.node === null);
  return (
    <FormContext.Provider value={{ doc, types, catalogue, node: null, problems: own, editable }}>
      <ObjectForm
        schema={schema(catalogue.stages, reentryOf(doc))}
        value={valueOf(doc)}
        at={[]}
        onChange={(next, field) => {
          const ops = changeOps(doc, next);
          store.edit({ label: t("inspector.did_journey"), ops, key: `journey/${field}` });
        }}
      />
    </FormContext.Provider>
  );
}

function reentryOf(doc: JourneyDocument): string {
  const reentry = doc.settings?.reentry;
  return isRecord(reentry) && typeof reentry.mode === "string" ? reentry.mode : "";
}

function valueOf(doc: JourneyDocument): Config {
  const { name, about, stage, settings } = doc;
  return { name, ...(about ? { about } : {}), ...(stage ? { stage } : {}), ...settings };
}

function changeOps(doc: JourneyDocument, next: Config): Op[] {
  const { name, about, stage, ...settings } = next;
  const outside = { name: name || doc.name, about: about ?? null, stage: stage ?? null };
  const kept = Object.fromEntries(
    Object.entries(settings).filter(([, v]) => !(v && typeof v === "object" && Object.keys(v).length === 0)),
  );
  const change = Object.fromEntries([
    ...OUTSIDE.filter((key) => !same(outside[key], doc[key] ?? null)).map((key) => [key, outside[key]]),
    ...(same(kept, doc.settings ?? {}) ? [] : [["settings", Object.keys(kept).length ? kept : null]]),
  ]);
  return Object.keys(change).length ? [{ op: "doc.set", ...change } as Op] : [];
}
