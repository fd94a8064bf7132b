/** The bar above: back, the journey's name, draft and live, what is saved, undo, publish. */

import { useEffect, useState } from "react";

import { tidy } from "../arrange/tidy";
import { PublishButton } from "../history/publish_button";
import { Versions } from "../history/versions";
import type { SaveState } from "../state/queue";
import { t } from "../words";
import { languageItems } from "../words/choice";
import { dateTimeText, timeText } from "../words/formats";
import { useEditor, useStore } from "./context";
import { IconButton, Menu } from "./controls";
import { Icon } from "./icons";
import { BAR } from "./parts";

const LONG = 500; // milliseconds

export function TopBar({ phone }: { phone: boolean }) {
  const store = useStore();
  const mode = useEditor((s) => s.mode);
  const canEdit = useEditor((s) => s.canEdit);
  const undoLabel = useEditor((s) => s.history.done.at(-1)?.label);
  const redoLabel = useEditor((s) => s.history.undone.at(-1)?.label);
  return (
    <header className="wj-bar">
      <a className="wj-icon-button" href="/" aria-label={t("together.journeys")} title={t("together.journeys")}>
        <Icon name="chevron-left" />
      </a>
      <Name />
      {phone ? null : <Versions />}
      <Saved short={phone} />
      <span className="wj-space" />
      {BAR.map((Part, i) => (
        <Part key={i} phone={phone} />
      ))}
      {mode === "draft" && canEdit ? (
        <>
          <IconButton icon="undo-2" label={undoLabel ? t("together.undo_what", { label: undoLabel }) : t("together.undo")} hint="Ctrl Z" disabled={!undoLabel} onClick={store.undo} testId="undo" />
          {phone ? null : <IconButton icon="redo-2" label={redoLabel ? t("together.redo_what", { label: redoLabel }) : t("together.redo")} hint="Ctrl Y" disabled={!redoLabel} onClick={store.redo} testId="redo" />}
          <PublishButton phone={phone} />
        </>
      ) : null}
      {canEdit ? null : <span className="wj-tag">{t("together.look_only")}</span>}
    </header>
  );
}

function Name() {
  const store = useStore();
  const name = useEditor((s) => s.document.name);
  const editable = useEditor((s) => s.mode === "draft" && s.canEdit);
  const [draft, setDraft] = useState<string | null>(null);
  const done = () => {
    const next = draft?.trim();
    if (next && next !== name) store.edit({ label: t("together.rename"), ops: [{ op: "doc.set", name: next }] });
    setDraft(null);
  };
  if (draft !== null) {
    return (
      <input
        className="wj-name-input"
        aria-label={t("together.name")}
        autoFocus
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={done}
        onKeyDown={(event) => {
          if (event.key === "Enter") done();
          if (event.key === "Escape") setDraft(null);
        }}
      />
    );
  }
  return (
    <Menu
      label={t("together.menu", { name })}
      className="wj-name"
      align="start"
      button={
        <>
          <h1>{name}</h1>
          <Icon name="chevron-down" />
        </>
      }
      items={[
        { label: t("together.menu_rename"), icon: "pencil", disabled: !editable, onSelect: () => setDraft(name) },
        {
          label: t("together.menu_settings"),
          icon: "settings-2",
          onSelect: () => {
            store.select([]);
            store.set({ panels: { ...store.get().panels, inspector: true } });
          },
        },
        { label: t("together.menu_tidy"), icon: "network", disabled: !editable, onSelect: () => void tidy(store) },
        { label: t("together.menu_note"), icon: "sticky-note", disabled: !editable, onSelect: store.addNote },
        { label: t("together.menu_keys"), icon: "circle-help", hint: "?", onSelect: () => store.set({ help: true }) },
        ...languageItems(store),
      ]}
    />
  );
}

function Saved({ short }: { short: boolean }) {
  const store = useStore();
  const save = useEditor((s) => s.save);
  const { text, icon, tone } = saveWords(useCalm(save));
  return (
    <span className="wj-saved" role="status" data-testid="save-state" data-state={save.kind} data-tone={tone}>
      <Icon name={icon} size={12} />
      <span title={text} className={short && save.kind !== "refused" ? "wj-unseen" : undefined}>
        {text}
      </span>
      {save.kind === "refused" && save.signedOut ? <a href="/login">{t("together.sign_in")}</a> : null}
      {save.kind === "offline" || (save.kind === "refused" && !save.signedOut) ? (
        <button type="button" className="wj-link" onClick={store.retry}>
          {t("together.try_now")}
        </button>
      ) : null}
    </span>
  );
}

/** Saving takes a moment with each edit: it is said only when it takes longer. */
function useCalm(save: SaveState): SaveState {
  const [said, setSaid] = useState(save);
  useEffect(() => {
    if (save.kind !== "saving") return setSaid(save);
    const timer = setTimeout(() => setSaid(save), LONG);
    return () => clearTimeout(timer);
  }, [save]);
  return said;
}

export function saveWords(save: SaveState): { text: string; icon: string; tone: string } {
  if (save.kind === "saved") {
    return { text: t("together.saved", { time: time(save.at) }).trim(), icon: "check", tone: "" };
  }
  if (save.kind === "saving") return { text: t("together.saving"), icon: "loader-circle", tone: "" };
  const count = save.changes;
  if (save.kind === "offline") {
    return { text: t("together.offline", { count }), icon: "cloud-off", tone: "warning" };
  }
  const why = save.signedOut ? t("together.signed_out") : save.message;
  return { text: t("together.not_saved", { why, count }), icon: "circle-alert", tone: "error" };
}

function time(at: string): string {
  const date = new Date(at);
  if (!at || Number.isNaN(date.getTime())) return "";
  return new Date().toDateString() === date.toDateString() ? timeText(date) : dateTimeText(date);
}
