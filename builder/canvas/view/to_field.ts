/** From a problem that no button mends to the field where somebody has to write. */

import { fieldPath, fixKey } from "../model/problems";
import type { Problem } from "../model/types";
import type { EditorStore } from "../state/store";
import { FIELD, fieldOf } from "../together/at_field";
import { openTab } from "./tabs";

const FRAMES = 40; // a form that is opened is drawn within a few
const CONTROLS = ["input, textarea, select, [contenteditable=true]", "button"]; // where one writes first

/** The field of the node's form that a problem is about. */
export function fieldAbout(problem: Problem): string | null {
  const [field] = problem.path.includes(".config.") ? fieldPath(problem.path) : [];
  return problem.node !== null && field ? fieldOf(problem.node, field) : null;
}

/** Opens the node's form and puts the cursor into the field. */
export function toField(store: EditorStore, problem: Problem): void {
  const field = fieldAbout(problem);
  const { problems, panels } = store.get();
  if (field === null) return;
  store.goTo(problems.findIndex((one) => fixKey(one) === fixKey(problem)));
  store.set({ panels: { ...panels, inspector: true, problems: false } });
  openTab(store).set({ tab: "setup" });
  focus(field, FRAMES);
}

function focus(field: string, frames: number): void {
  const around = document.querySelector<HTMLElement>(`.wj-inspector [${FIELD}="${CSS.escape(field)}"]`);
  const control = CONTROLS.flatMap((kind) => [...(around?.querySelectorAll<HTMLElement>(kind) ?? [])]).find((one) => one.offsetParent !== null);
  if (control) control.focus();
  else if (frames > 0) requestAnimationFrame(() => focus(field, frames - 1));
}
