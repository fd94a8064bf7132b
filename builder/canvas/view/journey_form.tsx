/** The journey's own settings, shown while no node is selected. */

import { ObjectForm } from "../form/object_form";
import { FormContext } from "../form/scope";
import type { Config, JourneyDocument, Op, Schema } from "../model/types";
import { isRecord, same } from "../model/types";
import { shown, useEditor, useStore } from "./context";

const event = { kind: "event", label: "Event", placeholder: "call.booked" };

/** What the engine carries out today. `name`, `about` and `stage` stand beside `settings`. */
function schema(stages: { name: string; title: string }[], reentry: string): Schema {
  const condition: Schema = {
    type: "object",
    "x-field": { kind: "condition", label: "Only when", scope: "arriving" },
  };
  return {
    type: "object",
    required: ["name"],
    properties: {
      name: { type: "string", "x-field": { kind: "text", label: "Name" } },
      about: { type: "string", "x-field": { kind: "text", label: "What it is for", multiline: true } },
      stage: {
        type: "string",
        "x-field": {
          kind: "choice",
          label: "Stage",
          options: Object.fromEntries(stages.map((s) => [s.name, s.title])),
        },
      },
      reentry: {
        type: "object",
        "x-field": { kind: "group", label: "Coming back" },
        properties: {
          mode: {
            type: "string",
            default: "when_finished",
            "x-field": {
              kind: "choice",
              label: "A customer may enter",
              options: {
                once: "once and never again",
                when_finished: "again when the last time has ended",
                always: "every time, even twice at once",
                after: "again after some time",
              },
            },
          },
          ...(reentry === "after"
            ? { wait: { type: "string", "x-field": { kind: "duration", label: "Time between" } } }
            : {}),
        },
      },
      goal: {
        type: "object",
        "x-field": { kind: "group", label: "Goal" },
        properties: {
          event: { type: "string", "x-field": { ...event, help: "It is measured, and changes nothing." } },
          within: { type: "string", "x-field": { kind: "duration", label: "Within" } },
        },
      },
      exit_when: {
        type: "array",
        items: {
          type: "object",
          required: ["event"],
          properties: { event: { type: "string", "x-field": event }, where: condition },
        },
        "x-field": { kind: "listing", label: "Leave at once when", help: "Whoever does this leaves the journey." },
      },
      time_zone: {
        type: "string",
        "x-field": {
          kind: "time_zone",
          label: "Time zone",
          placeholder: "customer",
          help: "“customer” takes the customer's own. Empty: your workspace's.",
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
          store.edit({ label: "change the journey", ops, key: `journey/${field}` });
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
