/** A problem at its field, with what mends it. */

import type { Problem } from "../model/types";
import { Fixes } from "../view/fixes";
import { Icon } from "../view/icons";

export function FieldProblem({ problem }: { problem: Problem }) {
  return (
    <div className="wj-field-problem" data-kind={problem.severity}>
      <Icon name={problem.severity === "error" ? "circle-alert" : "triangle-alert"} size={12} />
      <p>{problem.message}</p>
      <Fixes problem={problem} small />
    </div>
  );
}
