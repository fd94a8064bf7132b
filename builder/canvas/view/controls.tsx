/** The small parts that every panel is made of: buttons, menus, dialogs. */

import { useEffect, useId, useRef, useState, type ReactNode } from "react";

import { Icon } from "./icons";
import { written } from "../commands/chords";
import { t } from "../words";

export function IconButton(props: {
  icon: string;
  label: string;
  /** Shown in the tooltip behind the name, say a key. */
  hint?: string;
  onClick: () => void;
  disabled?: boolean;
  pressed?: boolean;
  size?: number;
  testId?: string;
}) {
  const { icon, label, hint, onClick, disabled, pressed, size = 16, testId } = props;
  return (
    <button
      type="button"
      className="wj-icon-button"
      aria-label={label}
      title={hint ? `${label} (${written(hint)})` : label}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={onClick}
      data-testid={testId}
    >
      <Icon name={icon} size={size} />
    </button>
  );
}

export interface MenuItem {
  label: string;
  icon?: string;
  hint?: string;
  danger?: boolean;
  disabled?: boolean;
  onSelect: () => void;
}

/** A button that opens a menu; arrows move, Escape closes and gives the focus back. */
export function Menu(props: {
  label: string;
  button: ReactNode;
  items: MenuItem[];
  className?: string;
  align?: "start" | "end";
  testId?: string;
}) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const list = useId();
  useOutside(root, open, () => setOpen(false));
  useEffect(() => {
    if (open) root.current?.querySelector<HTMLElement>('[role="menuitem"]:not(:disabled)')?.focus();
  }, [open]);
  const close = () => {
    setOpen(false);
    root.current?.querySelector<HTMLElement>("button")?.focus();
  };
  return (
    <div className="wj-menu-root" ref={root}>
      <button
        type="button"
        className={props.className ?? "wj-icon-button"}
        aria-label={props.label}
        title={props.label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? list : undefined}
        onClick={() => setOpen(!open)}
        data-testid={props.testId}
      >
        {props.button}
      </button>
      {open ? (
        <div
          className="wj-menu"
          id={list}
          role="menu"
          aria-label={props.label}
          data-align={props.align ?? "end"}
          onKeyDown={(event) => arrows(event, '[role="menuitem"]:not(:disabled)', close)}
        >
          {props.items.map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              tabIndex={-1}
              data-danger={item.danger}
              disabled={item.disabled}
              onClick={() => {
                close();
                item.onSelect();
              }}
            >
              {item.icon ? <Icon name={item.icon} /> : null}
              <span>{item.label}</span>
              {item.hint ? <kbd>{written(item.hint)}</kbd> : null}
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
}

/** Up, Down, Home and End move among the elements; Escape calls `close`. */
export function arrows(event: React.KeyboardEvent<HTMLElement>, selector: string, close?: () => void) {
  if (event.key === "Escape" && close) {
    event.stopPropagation();
    close();
    return;
  }
  const step = { ArrowDown: 1, ArrowUp: -1, Home: Number.NEGATIVE_INFINITY, End: Number.POSITIVE_INFINITY }[event.key];
  if (step === undefined) return;
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>(selector)];
  if (all.length === 0) return;
  event.preventDefault();
  const at = all.indexOf(document.activeElement as HTMLElement);
  const next = Number.isFinite(step) ? (at + step + all.length) % all.length : step > 0 ? all.length - 1 : 0;
  all[next]?.focus();
}

/** Closes what is open when something else is pressed. */
export function useOutside(root: React.RefObject<HTMLElement | null>, open: boolean, close: () => void) {
  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) close();
    };
    document.addEventListener("pointerdown", outside, true);
    document.addEventListener("focusin", outside, true);
    return () => {
      document.removeEventListener("pointerdown", outside, true);
      document.removeEventListener("focusin", outside, true);
    };
  });
}

/** A modal dialog; the browser keeps the focus inside and Escape closes it. */
export function Dialog(props: { title: string; onClose: () => void; children: ReactNode; testId?: string }) {
  const ref = useRef<HTMLDialogElement>(null);
  const title = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (dialog && !dialog.open) dialog.showModal();
  }, []);
  return (
    <dialog
      ref={ref}
      className="wj-dialog"
      aria-labelledby={title}
      onClose={props.onClose}
      onClick={(event) => {
        if (event.target === ref.current) ref.current?.close();
      }}
      data-testid={props.testId}
    >
      <div className="wj-dialog-body">
        <header>
          <h2 id={title}>{props.title}</h2>
          <IconButton icon="x" label={t("editor.close")} onClick={() => ref.current?.close()} />
        </header>
        {props.children}
      </div>
    </dialog>
  );
}

/** A text with a button that copies it. */
export function CopyLine({ text, label }: { text: string; label: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      legacyCopy(text);
    }
    setDone(true);
  };
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 2_000);
    return () => clearTimeout(timer);
  }, [done]);
  return (
    <div className="wj-copy">
      <input readOnly value={text} aria-label={label} onFocus={(e) => e.currentTarget.select()} />
      <button type="button" className="wj-button" onClick={copy} aria-label={t("editor.copy_what", { what: label })}>
        <Icon name={done ? "check" : "copy"} />
        <span aria-live="polite">{t(done ? "editor.copied" : "editor.copy")}</span>
      </button>
    </div>
  );
}

function legacyCopy(text: string): void {
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy"); // the only way on a page that is not served over https
  area.remove();
}
