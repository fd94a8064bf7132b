/** The email in a big window: written on the left, as it arrives on the right. */

import { useEffect, useId, useRef } from "react";

import { InsertMenu, ShowLiquid } from "../form/template_field";
import { FormContext, labelOf, useVariables } from "../form/scope";
import { ofNode } from "../model/problems";
import type { Json, JourneyNode, NodeType, Schema } from "../model/types";
import { shown as shownDocument, useEditor, useStore } from "../view/context";
import { IconButton } from "../view/controls";
import { Icon } from "../view/icons";
import { t } from "../words";
import { LiquidBox, type TextHandle } from "./liquid_box";
import { blockEnd, htmlFrom, PIECES, snippet } from "./mail";
import { MailHints, MailView, Notes } from "./mail_view";
import { ReaderButton } from "./reader";
import { useShowing } from "./showing";
import { TestSend } from "./test_send";

interface Props {
  node: JourneyNode;
  type: NodeType;
}

export default function Window({ node, type, onClose }: Props & { onClose: () => void }) {
  const ref = useRef<HTMLDialogElement>(null);
  const title = useId();
  const doc = useEditor(shownDocument);
  const types = useEditor((s) => s.types);
  const catalogue = useEditor((s) => s.catalogue);
  const all = useEditor((s) => s.problems);
  const editable = useEditor((s) => s.mode === "draft" && s.canEdit);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    if (ref.current && !ref.current.open) ref.current.showModal();
    return () => before?.focus();
  }, []);
  const scope = { doc, types, catalogue, node: node.id, problems: ofNode(all, node.id), editable };
  return (
    <FormContext.Provider value={scope}>
      <dialog ref={ref} className="wj-dialog wj-big" aria-labelledby={title} onClose={onClose} data-testid="big-window">
        <div className="wj-big-title">
          <h2 id={title}>{node.title || type.title}</h2>
          <IconButton icon="x" label={t("texts.close")} onClick={() => ref.current?.close()} testId="big-close" />
        </div>
        <div className="wj-big-body">
          <Writing node={node} type={type} />
          <Reading node={node} />
        </div>
      </dialog>
    </FormContext.Provider>
  );
}

const WRITTEN = new Set(["template", "html"]);

/** What everybody writes first, what few need last. */
function order(schema: Schema): number {
  const hint = schema["x-field"];
  return hint?.kind === "html" ? 1 : hint?.group ? 2 : 0;
}

function Writing({ node, type }: Props) {
  const fields = Object.entries(type.config_schema.properties ?? {})
    .filter(([, schema]) => WRITTEN.has(schema["x-field"]?.kind ?? ""))
    .sort(([, a], [, b]) => order(a) - order(b));
  const plain = fields.find(([, schema]) => schema["x-field"]?.multiline && schema["x-field"].kind === "template");
  return (
    <section className="wj-big-form" aria-label={t("texts.writing")}>
      {fields.map(([name, schema]) => (
        <Field key={name} name={name} schema={schema} node={node} plain={plain ? String(node.config?.[plain[0]] ?? "") : ""} />
      ))}
    </section>
  );
}

function Field({ name, schema, node, plain }: { name: string; schema: Schema; node: JourneyNode; plain: string }) {
  const store = useStore();
  const editable = useEditor((s) => s.mode === "draft" && s.canEdit);
  const box = useRef<TextHandle>(null);
  const id = useId();
  const hint = schema["x-field"];
  const label = labelOf(schema, name);
  const html = hint?.kind === "html";
  const value = node.config?.[name];
  const text = typeof value === "string" ? value : "";
  const set = (next: string) => {
    const { [name]: _, ...rest } = node.config ?? {};
    const config: { [field: string]: Json } = next === "" ? rest : { ...node.config, [name]: next };
    store.configure(node.id, config, name);
  };
  return (
    <div className="wj-field" data-kind={hint?.kind}>
      <div className="wj-big-head">
        <label className="wj-label" htmlFor={id}>
          {label}
        </label>
        {editable ? (
          <div className="wj-pieces" role="group" aria-label={t("texts.pieces", { label })}>
            {text.includes("{{") && !html ? <ShowLiquid /> : null}
            {(hint?.multiline ? PIECES : []).filter((piece) => html || !piece.html).map((piece) => (
              <IconButton
                key={piece.name}
                icon={piece.icon}
                label={t(piece.key)}
                testId={`piece-${name}-${piece.name}`}
                onClick={() => {
                  box.current?.insertBlock(
                    (selected) => snippet(piece.name, html, selected, t(piece.key)),
                    (whole, at) => blockEnd(whole, at, html),
                  );
                }}
              />
            ))}
            {html && !text && plain ? (
              <button type="button" className="wj-link" data-testid="html-from-text" onClick={() => set(htmlFrom(plain))}>
                {t("texts.htmlFromText")}
              </button>
            ) : null}
            <InsertMenu label={label} onInsert={(path) => box.current?.insert(`{{ ${path} }}`)} />
          </div>
        ) : null}
      </div>
      <LiquidBox
        text={text}
        label={label}
        id={id}
        testId={`big-${name}`}
        placeholder={hint?.placeholder}
        multiline={hint?.multiline ?? false}
        mono={html}
        field={name}
        handle={box}
        onChange={set}
      />
    </div>
  );
}

function Reading({ node }: { node: JourneyNode }) {
  const { shown, failure, busy } = useShowing(node);
  const editable = useEditor((s) => s.mode === "draft" && s.canEdit);
  const groups = useVariables("run");
  return (
    <section className="wj-big-shown" aria-label={t("texts.arrives")} aria-busy={busy}>
      <ReaderButton shown={shown?.customer} />
      {shown?.problem || failure ? (
        <p className="wj-field-problem" data-kind="error">
          <Icon name="circle-alert" size={12} /> {shown?.problem || failure}
        </p>
      ) : null}
      {shown?.mail ? <MailView mail={shown.mail} height={420} /> : null}
      {shown ? <Notes shown={shown} groups={groups} /> : null}
      {shown?.mail ? <MailHints mail={shown.mail} customer={!node.config?.to} /> : null}
      {editable ? <TestSend node={node} /> : null}
    </section>
  );
}
