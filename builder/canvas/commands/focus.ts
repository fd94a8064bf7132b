/** What the keys are about: the node that has the focus, else the one that is selected. */

import type { EditorStore } from "../state/store";

export interface Target {
  node: string;
  handle?: string;
}

const FRAMES = 40; // a node that is brought into sight is drawn within a few

/** The node (and way) under the focus on the canvas or in the outline, else the selected one. */
export function target(store: EditorStore): Target | null {
  const { document: doc, selected } = store.get();
  const known = (id: string | null | undefined): id is string => doc.nodes.some((n) => n.id === id);
  const here = document.activeElement;
  const port = here?.closest<HTMLElement>(".react-flow__handle");
  const row = here?.closest<HTMLElement>("[data-node]");
  const node = port?.dataset.nodeid ?? row?.dataset.node ?? here?.closest<HTMLElement>(".react-flow__node")?.dataset.id;
  const handle = port?.dataset.handleid ?? row?.dataset.handle;
  if (known(node)) return handle ? { node, handle } : { node };
  const chosen = [...selected].filter(known);
  return chosen.length === 1 && chosen[0] ? { node: chosen[0] } : null;
}

/** The selected nodes; without any, the one under the focus. */
export function chosen(store: EditorStore): Set<string> {
  const { document: doc, selected } = store.get();
  const nodes = doc.nodes.filter((n) => selected.has(n.id)).map((n) => n.id);
  if (nodes.length > 0) return new Set(nodes);
  const one = target(store);
  return new Set(one && !one.handle ? [one.node] : []);
}

/** Where a node stands on the page: its card on the canvas, or its row in the outline. */
export function elementOf(id: string): HTMLElement | null {
  const name = CSS.escape(id);
  return document.querySelector<HTMLElement>(
    `.react-flow__node[data-id="${name}"], [role="treeitem"][data-node="${name}"]:not([data-handle])`,
  );
}

/** Gives a node the focus as soon as it is drawn. */
export function focusNode(id: string, frames = FRAMES): void {
  const found = elementOf(id);
  if (found) found.focus({ preventScroll: found.classList.contains("react-flow__node") });
  else if (frames > 0) requestAnimationFrame(() => focusNode(id, frames - 1));
}

/** Goes to a node: selects it, brings it into sight and gives it the focus. */
export function goTo(store: EditorStore, id: string): void {
  store.select([id]);
  store.set({ reveal: [id] });
  focusNode(id);
}

/** What one begins with in a form: a field, or the button that adds the first row of one. */
const FIELD = ".wj-form :is(input, textarea, select, [contenteditable], button.wj-add)";

/** The first field of the form, once it is drawn. */
export function focusForm(selector = FIELD, frames = FRAMES): void {
  const found = document.querySelector<HTMLElement>(`.wj-inspector ${selector}`);
  if (found) {
    found.focus();
  } else if (frames > 0) requestAnimationFrame(() => focusForm(selector, frames - 1));
}

/** The field of a node's name. Enter and Escape end it: the focus goes back to the node. */
export function focusName(id: string, frames = FRAMES): void {
  const found = document.querySelector<HTMLInputElement>('.wj-inspector [data-testid="node-title"]');
  if (!found) {
    if (frames > 0) requestAnimationFrame(() => focusName(id, frames - 1));
    return;
  }
  const key = (event: KeyboardEvent) => {
    if (event.key === "Escape") setTimeout(() => found.blur(), 0); // after the field took it back
  };
  const left = () => {
    found.removeEventListener("keydown", key);
    setTimeout(() => {
      if (document.activeElement === document.body) focusNode(id, 0);
    }, 0);
  };
  found.addEventListener("keydown", key);
  found.addEventListener("blur", left, { once: true });
  found.focus();
  found.select();
}

/** Back from a field to the node that it belongs to. */
export function leaveField(store: EditorStore): void {
  const field = document.activeElement;
  const { selected } = store.get();
  const [one] = selected;
  const inside = field?.closest(".wj-inspector");
  if (field instanceof HTMLElement) field.blur();
  if (inside && one && selected.size === 1) focusNode(one, 0);
}
