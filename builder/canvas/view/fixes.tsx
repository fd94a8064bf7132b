/** The buttons that mend a problem: the likeliest one, and the others in a menu. */

import { fixesOf } from "../model/problems";
import type { Problem } from "../model/types";
import { mend } from "../state/mending";
import { t } from "../words";
import { useEditor, useStore } from "./context";
import { Menu } from "./controls";
import { Icon } from "./icons";

export function Fixes({ problem, small }: { problem: Problem; small?: boolean }) {
  const store = useStore();
  const editable = useEditor((s) => s.mode === "draft" && s.canEdit);
  const [first, ...others] = fixesOf(problem);
  if (!first || !editable) return null;
  const label = first.label || t("problems.mend");
  return (
    <span className="wj-fixes" data-small={small || undefined}>
      <button
        type="button"
        className={small ? "wj-link" : "wj-button"}
        data-testid="problem-fix"
        aria-label={`${label}: ${problem.message}`}
        onClick={() => mend(store, problem, first)}
      >
        {label}
      </button>
      {others.length ? (
        <Menu
          label={t("problems.otherFixes")}
          testId="problem-fixes"
          button={<Icon name={small ? "chevron-down" : "chevron-up"} size={12} />}
          items={others.map((fix) => ({ label: fix.label || t("problems.mend"), onSelect: () => mend(store, problem, fix) }))}
        />
      ) : null}
    </span>
  );
}
