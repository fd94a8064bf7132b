/** What two people changed at the same time: both values, and a choice. Nothing is lost meanwhile. */

import { useEffect } from "react";

import type { Json } from "../model/types";
import { isRecord } from "../model/types";
import { perStore } from "../state/feature";
import { Slice } from "../state/slice";
import type { Told } from "../state/state";
import { useEditor, useSlice, useStore } from "../view/context";
import { Dialog } from "../view/controls";
import { t, type Key } from "../words";

export const panel = perStore(() => new Slice<{ open: boolean }>({ open: false }));

export function ConflictList() {
  const store = useStore();
  const slice = panel(store);
  const open = useSlice(slice, (s) => s.open);
  const conflicts = useEditor((s) => s.conflicts);
  const none = conflicts.length === 0;
  useEffect(() => {
    if (none) slice.set({ open: false });
  }, [none, slice]);
  if (!open || none) return null;
  return (
    <Dialog title={t("together.conflict_title")} onClose={() => slice.set({ open: false })} testId="conflict-list">
      <p>{t("together.conflict_intro")}</p>
      <ul className="wj-conflict-list">
        {conflicts.map((one) => (
          <Conflict key={one.id} one={one} />
        ))}
      </ul>
    </Dialog>
  );
}

/** What is no field of a form. */
const OWN: { readonly [field: string]: Key | undefined } = {
  title: "together.field_title",
  type: "together.field_type",
  text: "together.field_text",
  name: "together.field_name",
  about: "together.field_about",
  stage: "together.field_stage",
  settings: "together.field_settings",
};

function Conflict({ one }: { one: Told }) {
  const store = useStore();
  const label = useEditor((s) => {
    const node = s.document.nodes.find((n) => n.id === one.node);
    const schema = node ? s.types.get(node.type)?.config_schema.properties?.[one.field] : undefined;
    const own = OWN[one.field];
    return schema?.["x-field"]?.label || schema?.title || (own ? t(own) : one.field.replaceAll("_", " "));
  });
  const who = one.by || t("together.someone");
  const { kind, title } = one;
  const heading =
    kind === "deleted"
      ? t("together.deleted_by", { who, title })
      : kind === "removed"
        ? t("together.removed_by", { who, title })
        : one.node
          ? t("together.changed", { title, field: label })
          : t("together.changed_journey", { field: label });
  const [keep, take] =
    kind === "deleted"
      ? (["together.keep_deleted", "together.take_deleted"] as const)
      : kind === "removed"
        ? (["together.keep_removed", "together.take_removed"] as const)
        : (["together.keep", "together.take"] as const);
  return (
    <li data-testid={`conflict-${one.id}`}>
      <h3>{heading}</h3>
      <dl>
        {kind === "removed" ? null : <Value name={t("together.mine")} value={one.mine} />}
        {kind === "deleted" ? null : <Value name={t("together.theirs", { who })} value={one.theirs} />}
      </dl>
      <div className="wj-conflict-choice">
        <button type="button" className="wj-button" data-testid="keep-mine" onClick={() => store.settle(one.id, "keep")}>
          {t(keep)}
        </button>
        <button type="button" className="wj-button" data-testid="take-theirs" onClick={() => store.settle(one.id, "take")}>
          {t(take)}
        </button>
      </div>
    </li>
  );
}

function Value({ name, value }: { name: string; value: Json }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{words(value) || t("together.empty")}</dd>
    </>
  );
}

function words(value: Json): string {
  if (value === null || value === "") return "";
  if (typeof value === "string") return value;
  if (isRecord(value)) {
    const parts = Object.entries(value).filter(([, item]) => item !== null && item !== "");
    return parts.map(([key, item]) => `${key.replaceAll("_", " ")}: ${words(item)}`).join("\n");
  }
  return JSON.stringify(value);
}
