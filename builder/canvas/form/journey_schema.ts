/** The journey's own settings as a form: for the panel, and to name what has changed in them. */

import type { Schema } from "../model/types";
import { t } from "../words";

const event = () => ({ kind: "event", label: t("inspector.form_event"), placeholder: "call.booked" });

/** What the engine carries out today. `name`, `about` and `stage` stand beside `settings`. */
export function journeySchema(stages: { name: string; title: string }[], reentry: string): Schema {
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
