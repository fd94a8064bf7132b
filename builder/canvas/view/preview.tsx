/** How the node's texts read for a customer, as the engine would fill them in. */

import { memo, useMemo } from "react";

import { MailView, Notes } from "../texts/mail_view";
import { ReaderButton } from "../texts/reader";
import { useShowing } from "../texts/showing";
import { texts } from "../texts/state";
import { variables } from "../model/variables";
import type { JourneyNode, NodeType } from "../model/types";
import { t } from "../words";
import { unplaced, useEditor, useStore } from "./context";
import { Icon } from "./icons";

const FILLED = new Set(["template", "html", "values", "body", "headers"]);

export const Preview = memo(function Preview({ node, type }: { node: JourneyNode; type: NodeType }) {
  const writes = type.credential === "smtp";
  const filled = Object.entries(type.config_schema.properties ?? {}).some(
    ([field, schema]) => FILLED.has(schema["x-field"]?.kind ?? "") && /\{[{%]/.test(JSON.stringify(node.config?.[field] ?? "")),
  );
  if (type.category === "trigger" || (!writes && !filled)) return null;
  return <Shown node={node} writes={writes} />;
});

function Shown({ node, writes }: { node: JourneyNode; writes: boolean }) {
  const store = useStore();
  const { shown, failure, busy } = useShowing(node);
  const doc = useEditor(unplaced);
  const types = useEditor((s) => s.types);
  const fields = useEditor((s) => s.catalogue.fields);
  const groups = useMemo(() => variables(doc, types, fields, node.id), [doc, types, fields, node.id]);
  const problem = failure || shown?.problem;
  return (
    <section className="wj-preview" aria-label={t("texts.preview")} data-testid="preview" aria-busy={busy}>
      <header>
        <h2 className="wj-heading">{t("texts.preview")}</h2>
        <ReaderButton shown={shown?.customer} />
      </header>
      {problem ? (
        <p className="wj-field-problem" data-kind="error">
          <Icon name="circle-alert" size={12} /> {problem}
        </p>
      ) : null}
      {shown?.mail ? <MailView mail={shown.mail} height={240} /> : null}
      {shown?.texts.length ? (
        <div className="wj-preview-card">
          {shown.texts.map((text) => (
            <p key={text.field} data-title={!text.multiline || undefined} title={text.label}>
              {text.text || "…"}
            </p>
          ))}
        </div>
      ) : null}
      {shown ? <Notes shown={shown} groups={groups} /> : null}
      {writes ? (
        <button type="button" className="wj-button" data-testid="open-big" onClick={() => texts(store).set({ big: node.id })}>
          <Icon name="maximize-2" /> {t("texts.openBig")}
        </button>
      ) : null}
    </section>
  );
}
