/** A node's badge of problems: pressed, it opens them with what mends each. */

import { useRef, useState } from "react";

import { Float } from "../form/combo";
import { FieldProblem } from "../form/field_problem";
import { fixKey, ofNode } from "../model/problems";
import { t } from "../words";
import { useEditor } from "./context";
import { useOutside } from "./controls";
import { Icon } from "./icons";

export function ProblemBadge(props: { node: string; kind: "error" | "warning"; text: string; title: string; reachable: boolean }) {
  const { node, kind, text, title, reachable } = props;
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLSpanElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useOutside(root, open, () => setOpen(false));
  return (
    <span
      ref={root}
      className="wj-node-badge nodrag nopan"
      data-kind={kind}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        event.stopPropagation();
        setOpen(false);
        button.current?.focus();
      }}
    >
      <button
        ref={button}
        type="button"
        className="wj-badge"
        data-kind={kind}
        title={title}
        aria-expanded={open}
        tabIndex={reachable ? 0 : -1}
        data-testid={`badge-${node}`}
        onClick={() => setOpen(!open)}
      >
        <Icon name={kind === "error" ? "circle-alert" : "triangle-alert"} size={12} />
        {text}
      </button>
      {open ? (
        <Float anchor={button}>
          <Problems node={node} />
        </Float>
      ) : null}
    </span>
  );
}

function Problems({ node }: { node: string }) {
  const problems = useEditor((s) => ofNode(s.problems, node));
  return (
    <div className="wj-badge-problems" role="group" aria-label={t("problems.title")}>
      {problems.map((problem) => (
        <FieldProblem key={fixKey(problem)} problem={problem} />
      ))}
    </div>
  );
}
