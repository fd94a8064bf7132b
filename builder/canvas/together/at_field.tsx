/** Who else is in a field of the panel: said at the field, and on its node (`people.ts`). */

import { useSlice, useStore } from "../view/context";
import { t } from "../words";
import { initials, paint, together } from "./people";

/** Around a control that the others may be told of. */
export function fieldOf(node: string | null | undefined, name: string): string {
  return `${node ?? ""}/${name}`;
}

/** Marks the element that holds the field's control: what has the focus in it is told the others. */
export const FIELD = "data-told";

/** `within`: what stands inside is not drawn, so whoever is there is shown here. */
export function AtField({ field, within = false }: { field: string; within?: boolean }) {
  const store = useStore();
  const here = useSlice(together(store).slice, (s) =>
    s.people.filter((one) => one.field === field || (within && one.field?.startsWith(`${field}.`))).map(({ client, name, color }) => ({ client, name, color })),
  );
  if (here.length === 0) return null;
  return (
    <span className="wj-at-field" data-testid="at-field">
      {here.map(({ client, name, color }) => (
        <i key={client} style={{ background: paint(color) }} title={t("together.writing", { name })}>
          <span aria-hidden className="wj-at-name">{name}</span>
          <span aria-hidden className="wj-at-initials">{initials(name)}</span>
          <span className="wj-unseen">{t("together.writing", { name })}</span>
        </i>
      ))}
    </span>
  );
}

/** Follows the focus; gives what ends it. */
export function followFocus(root: Document, told: (field: string | null) => void): () => void {
  const at = (target: EventTarget | null) => (target instanceof Element ? (target.closest(`[${FIELD}]`)?.getAttribute(FIELD) ?? null) : null);
  const came = (event: FocusEvent) => told(at(event.target));
  const left = (event: FocusEvent) => event.relatedTarget === null && told(null);
  root.addEventListener("focusin", came);
  root.addEventListener("focusout", left);
  return () => {
    root.removeEventListener("focusin", came);
    root.removeEventListener("focusout", left);
  };
}
