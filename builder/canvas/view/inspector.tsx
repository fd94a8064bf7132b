/** The panel on the right: the selected node's form, or the journey's own settings. */

import { memo, useMemo, useState } from "react";

import { FormContext, type FormScope } from "../form/scope";
import { ObjectForm } from "../form/object_form";
import { ofNode } from "../model/problems";
import { titleOf } from "../model/sentences";
import type { Config, JourneyNode, NodeType, Problem } from "../model/types";
import { AtField, FIELD, fieldOf } from "../together/at_field";
import { unplaced, useEditor, useStore } from "./context";
import { CopyLine, IconButton, Menu } from "./controls";
import { JourneyForm } from "./journey_form";
import { Fixes } from "./fixes";
import { Icon } from "./icons";
import { Preview } from "./preview";
import { Tabbed } from "./tabs";
import { StartByHand } from "./start_by_hand";
import { Tile } from "./tile";
import { Ways } from "./ways";
import { t } from "../words";

export function Inspector({ onClose }: { onClose: () => void }) {
  const selected = useEditor((s) => s.selected);
  const doc = useEditor(unplaced);
  const chosen = doc.nodes.filter((n) => selected.has(n.id));
  const one = chosen.length === 1 ? chosen[0] : undefined;
  return (
    <aside className="wj-inspector" data-testid="inspector" aria-label={t(one ? "inspector.node" : "inspector.journey")}>
      {one ? <NodePanel key={one.id} node={one} onClose={onClose} /> : null}
      {chosen.length > 1 ? <Many count={chosen.length} /> : null}
      {chosen.length === 0 ? <JourneyPanel onClose={onClose} /> : null}
    </aside>
  );
}

function JourneyPanel({ onClose }: { onClose: () => void }) {
  return (
    <>
      <header className="wj-inspector-head">
        <h2>{t("inspector.journey")}</h2>
        <IconButton icon="x" label={t("editor.close")} hint="]" onClick={onClose} />
      </header>
      <Tabbed node={null}>
        <JourneyForm />
      </Tabbed>
    </>
  );
}

function NodePanel({ node, onClose }: { node: JourneyNode; onClose: () => void }) {
  const store = useStore();
  const type = useEditor((s) => s.types.get(node.type));
  const own = useEditor((s) => ofNode(s.problems, node.id));
  const editable = useEditor((s) => s.mode === "draft" && s.canEdit);
  const hook = useEditor((s) => s.journey.hooks?.[node.id]);
  const live = useEditor((s) => s.journey.live !== null);
  return (
    <>
      <header className="wj-inspector-head">
        <Tile category={type?.category ?? "logic"} icon={type?.icon ?? "circle-help"} />
        <TitleField node={node} type={type} editable={editable} />
        {editable ? <More node={node} type={type} /> : null}
        <IconButton
          icon="x"
          label={t("editor.close")}
          onClick={() => {
            store.select([]);
            onClose();
          }}
        />
      </header>
      <Tabbed node={node}>
        {node.disabled ? (
          <p className="wj-hint-box">
            <Icon name="power" /> {t("inspector.off")}
          </p>
        ) : null}
        {hook ? <Hook url={hook} /> : null}
        {type?.category === "trigger" && !hook && live && editable ? <StartByHand node={node} type={type} /> : null}
        <Loose problems={own} type={type} />
        {type ? <NodeForm node={node} type={type} problems={own} editable={editable} /> : <Unknown node={node} />}
        <Ways node={node} type={type} editable={editable} />
        {type ? <Preview node={node} type={type} /> : null}
        {type?.help ? <Help type={type} /> : null}
      </Tabbed>
    </>
  );
}

interface FormProps {
  node: JourneyNode;
  type: NodeType;
  problems: Problem[];
  editable: boolean;
}

const NodeForm = memo(function NodeForm({ node, type, problems, editable }: FormProps) {
  const store = useStore();
  const doc = useEditor(unplaced);
  const types = useEditor((s) => s.types);
  const catalogue = useEditor((s) => s.catalogue);
  const scope = useMemo(
    (): FormScope => ({ doc, types, catalogue, node: node.id, problems, editable }),
    [doc, types, catalogue, node.id, problems, editable],
  );
  const config = node.config ?? {};
  return (
    <FormContext.Provider value={scope}>
      <ObjectForm
        schema={type.config_schema}
        value={config}
        at={[]}
        onChange={(next: Config, field) => store.configure(node.id, next, field)}
      />
    </FormContext.Provider>
  );
});

/** Problems that belong to no field of the form. */
function Loose({ problems, type }: { problems: Problem[]; type: NodeType | undefined }) {
  const fields = Object.keys(type?.config_schema.properties ?? {});
  const loose = problems.filter((p) => !fields.some((f) => p.path.split(/[./[\]]+/).includes(f)));
  if (loose.length === 0) return null;
  return (
    <ul className="wj-loose">
      {loose.map((problem, i) => (
        <li key={`${problem.code}/${i}`} data-kind={problem.severity}>
          <Icon name={problem.severity === "error" ? "circle-alert" : "triangle-alert"} />
          <span>{problem.message}</span>
          <Fixes problem={problem} small />
        </li>
      ))}
    </ul>
  );
}

function TitleField({ node, type, editable }: { node: JourneyNode; type: NodeType | undefined; editable: boolean }) {
  const store = useStore();
  const name = titleOf(node, type);
  const [draft, setDraft] = useState<string | null>(null);
  const done = () => {
    const next = draft?.trim() ?? "";
    if (draft !== null && next !== (node.title ?? "")) {
      const title = next === type?.title ? "" : next;
      store.edit({ label: t("inspector.did_rename", { name }), ops: [{ op: "node.title", id: node.id, title }] });
    }
    setDraft(null);
  };
  return (
    <div className="wj-title-field" {...{ [FIELD]: fieldOf(node.id, "title") }}>
      <AtField field={fieldOf(node.id, "title")} />
      <input
        aria-label={t("inspector.name")}
        title={t("inspector.rename")}
        data-testid="node-title"
        readOnly={!editable}
        placeholder={type?.title}
        value={draft ?? name}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={done}
        onKeyDown={(event) => {
          if (event.key === "Enter") event.currentTarget.blur();
          if (event.key === "Escape") {
            setDraft(null);
            event.stopPropagation();
          }
        }}
      />
      <small>
        {type?.title ?? node.type} · <code>{node.id}</code>
      </small>
    </div>
  );
}

function More({ node, type }: { node: JourneyNode; type: NodeType | undefined }) {
  const store = useStore();
  const name = titleOf(node, type);
  return (
    <Menu
      label={t("inspector.more")}
      button={<Icon name="ellipsis" />}
      testId="node-menu"
      items={[
        { label: t("inspector.duplicate"), icon: "copy", hint: "Ctrl D", onSelect: store.duplicate },
        {
          label: t(node.disabled ? "inspector.turn_on" : "inspector.turn_off"),
          icon: "power",
          onSelect: () =>
            store.edit({
              label: t(node.disabled ? "inspector.did_turn_on" : "inspector.did_turn_off", { name }),
              ops: [{ op: "node.disable", id: node.id, disabled: !node.disabled }],
            }),
        },
        { label: t("inspector.delete"), icon: "trash-2", hint: "Del", danger: true, onSelect: store.removeSelection },
      ]}
    />
  );
}

function Hook({ url }: { url: string }) {
  return (
    <section className="wj-field" data-testid="hook-url">
      <span className="wj-label">{t("inspector.address")}</span>
      <CopyLine text={url} label={t("inspector.address")} />
      <p className="wj-help">{t("inspector.address_help")}</p>
    </section>
  );
}

function Help({ type }: { type: NodeType }) {
  return (
    <details className="wj-about">
      <summary>{t("inspector.about", { title: type.title })}</summary>
      {type.help.split(/\n{2,}/).map((part) => (
        <p key={part}>{part.replace(/[`*_]/g, "")}</p>
      ))}
    </details>
  );
}

function Unknown({ node }: { node: JourneyNode }) {
  return (
    <p className="wj-hint-box">{t("inspector.unknown", { type: node.type })}</p>
  );
}

function Many({ count }: { count: number }) {
  const store = useStore();
  const editable = useEditor((s) => s.mode === "draft" && s.canEdit);
  return (
    <>
      <header className="wj-inspector-head">
        <h2>{t("inspector.selected", { count })}</h2>
        <IconButton icon="x" label={t("editor.close")} onClick={() => store.select([])} />
      </header>
      {editable ? (
        <div className="wj-inspector-body wj-column">
          <button type="button" className="wj-button" onClick={store.duplicate}>
            <Icon name="copy" /> {t("inspector.duplicate")}
          </button>
          <button type="button" className="wj-button" onClick={store.removeSelection}>
            <Icon name="trash-2" /> {t("inspector.delete_many", { count })}
          </button>
        </div>
      ) : null}
    </>
  );
}
