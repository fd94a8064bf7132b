/** Which problem belongs to which node and field, the one that is worst, and what mends it. */

import { t } from "../words";
import type { Fix, Op, Problem } from "./types";

export function errorsFirst(problems: readonly Problem[]): Problem[] {
  const rank = (p: Problem) => (p.severity === "error" ? 0 : 1);
  return [...problems].sort((a, b) => rank(a) - rank(b));
}

export function ofNode(problems: readonly Problem[], id: string): Problem[] {
  return problems.filter((p) => p.node === id);
}

export function tally(problems: readonly Problem[]): { errors: number; warnings: number } {
  const errors = problems.filter((p) => p.severity === "error").length;
  return { errors, warnings: problems.length - errors };
}

export function tallyWords(count: number, severity: "error" | "warning"): string {
  return t(severity === "error" ? "problems.errors" : "problems.warnings", { count });
}

/** What mends a problem, the likeliest first. */
export function fixesOf(problem: Problem): Fix[] {
  if (problem.fixes?.length) return problem.fixes;
  const fix = problem.fix;
  if (!fix) return [];
  if (fix.ops) return [{ label: fix.label ?? "", ops: fix.ops }];
  return fix.op ? [{ label: fix.label ?? "", ops: [fix as Op] }] : [];
}

/** Two reports mean the same problem. */
export function fixKey(problem: Problem): string {
  return JSON.stringify([problem.node, problem.path, problem.code, problem.message]);
}

/** The parts of a path below `config`: "/nodes/2/config/cases/0/condition" → cases, 0, condition. */
export function fieldPath(path: string): string[] {
  const parts = path.split(/[./[\]]+/).filter(Boolean);
  const config = parts.indexOf("config");
  return config >= 0 ? parts.slice(config + 1) : parts;
}

/** Problems that belong to the field at `at` (its own and those inside of it). */
export function ofField(problems: readonly Problem[], at: readonly string[]): Problem[] {
  return problems.filter((p) => {
    const parts = fieldPath(p.path);
    return parts.length > 0 && at.every((part, i) => parts[i] === part);
  });
}
