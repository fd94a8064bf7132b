/** The buttons that mend a problem: the likeliest one, and the others in a menu; without any, the way to its field. */

import { fixesOf } from "../model/problems";
import type { Problem } from "../model/types";
import { mend } from "../state/mending";
import { t } from "../words";
import { useEditor, useStore } from "./context";
import { Menu } from "./controls";
import { Icon } from "./icons";
import { fieldAbout, toField } from "./to_field";

export function Fixes({ problem, small }: { problem: Problem; small?: boolean }) {
  const store = useStore();
  const editable = useEditor((s) => s.mode === "draft" && s.canEdit);
  const [first, ...others] = fixesOf(problem);
  if (!editable) return null;
  if (!first) return small ? null : <ToField problem={problem} />;
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

function ToField({ problem }: { problem: Problem }) {
  const store = useStore();
  if (fieldAbout(problem) === null) return null;
  const label = t("problems.toField");
  return (
    <span className="wj-fixes wj-to-field">
      <button type="button" className="wj-button" data-testid="problem-field" aria-label={`${label}: ${problem.message}`} onClick={() => toField(store, problem)}>
        {label}
      </button>
    </span>
  );
}
