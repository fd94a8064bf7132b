// Single keys for the page: a key clicks the control that says `data-key`. Keys rest while a field
// has the focus, with a modifier held, and while a dialog is open.
import { useEffect } from "react";

const TYPING = "input, textarea, select, [contenteditable=true], [role=textbox], [role=combobox]";

export function Hotkeys(): null {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      const target = event.target instanceof Element ? event.target : null;
      if (event.key === "Escape" && target?.matches("textarea[data-escape]")) {
        document.querySelector<HTMLElement>("[data-key='escape']")?.click();
        return;
      }
      if (target?.closest(TYPING)) return;
      if (document.querySelector("[role=dialog], [role=alertdialog], [role=menu]")) return;
      const name = CSS.escape(event.key.toLowerCase());
      const control = document.querySelector<HTMLButtonElement>(`[data-key="${name}"]`);
      if (!control || control.disabled) return;
      event.preventDefault();
      control.click();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  return null;
}
