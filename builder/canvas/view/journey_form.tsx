/** The journey's own settings, shown while no node is selected. */

import { ObjectForm } from "../form/object_form";
import { FormContext } from "../form/scope";
import { journeySchema } from "../form/journey_schema";
import type { Config, JourneyDocument, Op } from "../model/types";
import { isRecord, same } from "../model/types";
import { unplaced, useEditor, useStore } from "./context";
import { t } from "../words";

const OUTSIDE = ["name", "about", "stage"] as const;

export function JourneyForm() {
  const store = useStore();
  const doc = useEditor(unplaced);
  const types = useEditor((s) => s.types);
  const catalogue = useEditor((s) => s.catalogue);
  const problems = useEditor((s) => s.problems);
  const editable = useEditor((s) => s.mode === "draft" && s.canEdit);
  const own = problems.filter((p) => p.node === null);
  return (
    <FormContext.Provider value={{ doc, types, catalogue, node: null, problems: own, editable }}>
      <ObjectForm
        schema={journeySchema(catalogue.stages, reentryOf(doc))}
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
