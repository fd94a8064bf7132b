/** Mending a problem by one of its fixes, and going on to the next one. */

import type { Fix, Problem } from "../model/types";
import { fixKey } from "../model/problems";
import { t } from "../words";
import type { EditorStore } from "./store";

/**
 * Carries out a fix. The problem leaves the list at once; the server's next report confirms it or
 * brings it back. The next problem takes its place in the strip, and its node is selected.
 */
export function mend(store: EditorStore, problem: Problem, fix: Fix): void {
  if (!store.editable) return;
  const at = store.get().problems.findIndex((one) => fixKey(one) === fixKey(problem));
  const before = store.get().document;
  store.edit({ label: fix.label, ops: fix.ops });
  if (store.get().document === before) return; // it did not fit any more: the report is renewed anyway
  const problems = store.get().problems.filter((one) => fixKey(one) !== fixKey(problem));
  store.set({ problems, problem: 0 });
  if (problems.length) store.goTo(Math.min(Math.max(at, 0), problems.length - 1));
  const left = problems.length ? t("problems.left", { count: problems.length }) : t("problems.leftNone");
  store.set({ message: t("problems.mended", { what: fix.label, left }) });
}
