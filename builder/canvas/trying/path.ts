/** A test's path over the canvas, as pure functions: what was passed, by which way, and why. */

import { exits, isPlain } from "../model/handles";
import { edgeId } from "../model/ops";
import type { JourneyDocument, JourneyNode, Types } from "../model/types";
import { isRecord } from "../model/types";
import type { Layer, LineDecor, NodeDecor } from "../state/decor";
import type { Pins, Standing, Table, TriedStep } from "./types";

/** The words that the marks need; the caller takes them from the catalogue. */
export interface Words {
  passed: string;
  failed: string;
  pinned: string;
  skipped: string;
  waiting: string;
  assumed: string;
  waited: (seconds: number) => string;
}

/** Whether the step could not do what it should. */
export function failed(step: TriedStep): boolean {
  return step.handle === "failed" || (step.handle === null && isRecord(step.output.error));
}

/** Why it failed, in its own words. */
export function failure(step: TriedStep): string {
  const error = step.output.error;
  return isRecord(error) && typeof error.message === "string" ? error.message : "";
}

/** The handle as the canvas names it; "" for the plain way on. */
export function wayOf(step: Pick<TriedStep, "handle">, node: JourneyNode | undefined, types: Types): string {
  if (step.handle === null || !node) return "";
  const handle = exits(types.get(node.type), node.config).find((h) => h.name === step.handle);
  if (!handle) return step.handle.replaceAll("_", " ");
  return isPlain(handle) ? "" : handle.label;
}

/** The lines that a step sent somebody along. */
export function linesOf(doc: JourneyDocument, step: Pick<TriedStep, "node" | "handle">): string[] {
  return doc.edges.filter((e) => e.from === step.node && e.handle === step.handle).map(edgeId);
}

/** The marks over the canvas after the first `shown` steps; `now` is the step that is looked at. */
export function marks(
  doc: JourneyDocument,
  types: Types,
  steps: readonly TriedStep[],
  shown: number,
  now: number | null,
  pins: Pins,
  words: Words,
  waiting: readonly Standing[] = [],
): Layer {
  const nodes = new Map<string, NodeDecor>();
  const lines = new Map<string, LineDecor>();
  const byId = new Map(doc.nodes.map((n) => [n.id, n]));
  const over = steps.slice(0, shown);
  for (const step of over) {
    const way = wayOf(step, byId.get(step.node), types);
    const wrong = failed(step);
    const waited = step.waited >= 1 ? words.waited(step.waited) : "";
    const text = [way || (wrong ? words.failed : words.passed), waited].filter(Boolean).join(" · ");
    const icon = wrong ? "circle-alert" : step.pinned ? "pin" : waited ? "clock" : "check";
    const why = [wrong ? failure(step) : "", step.assumed ? words.assumed : "", ...step.notes].filter(Boolean).join(" ");
    nodes.set(step.node, {
      tone: now !== null && steps[now] === step ? "running" : wrong ? "failed" : "passed",
      badge: { icon, text, ...(why ? { title: why } : {}) },
      says: [text, why].filter(Boolean).join(". "),
    });
    for (const line of linesOf(doc, step)) lines.set(line, { tone: "passed" });
  }
  if (steps.length > 0 && shown >= steps.length) {
    for (const { node, text } of waiting) {
      nodes.set(node, { tone: "running", badge: { icon: "clock", text: words.waiting, title: text }, says: text });
    }
    for (const { id } of doc.nodes) if (!nodes.has(id)) nodes.set(id, { tone: "skipped", says: words.skipped });
  }
  for (const id of Object.keys(pins)) {
    const known = nodes.get(id);
    if (known?.badge || !byId.has(id)) continue;
    nodes.set(id, { ...known, tone: "pinned", badge: { icon: "pin", text: words.pinned } });
  }
  return { nodes, lines };
}

/** All that a step could read, put together from the steps before it. */
export function dataIn(steps: readonly TriedStep[], at: number): Table {
  const step = steps[at];
  if (!step) return {};
  const earlier: Table = {};
  for (const before of steps.slice(0, at)) earlier[before.node] = before.output;
  for (const [node, output] of Object.entries(step.input.steps ?? {})) earlier[node] ??= output;
  const found: Table = {};
  if (step.input.customer) found.customer = step.input.customer;
  if (step.input.event) found.event = step.input.event;
  if (Object.keys(earlier).length > 0) found.steps = earlier;
  return found;
}

/** The value at "customer.plan" or "steps.sort.label"; undefined when there is none. */
export function valueAt(data: Table, path: string): unknown {
  let found: unknown = data;
  for (const part of path.split(".")) {
    if (Array.isArray(found)) found = found[Number(part)];
    else found = isRecord(found) ? found[part] : undefined;
  }
  return found;
}

/** The last visit of a node among the steps; -1 when it was not come to. */
export function lastVisit(steps: readonly TriedStep[], node: string): number {
  return steps.findLastIndex((step) => step.node === node);
}

/** What earlier steps put out, for a step that is run alone: from the test before, and from pins. */
export function outputsBefore(steps: readonly TriedStep[], pins: Pins, node: string): { [node: string]: Table } {
  const found: { [node: string]: Table } = {};
  const last = lastVisit(steps, node);
  for (const step of last === -1 ? steps : steps.slice(0, last)) found[step.node] = step.output;
  if (last !== -1) for (const [id, output] of Object.entries(steps[last]?.input.steps ?? {})) found[id] ??= output;
  for (const [id, pin] of Object.entries(pins)) if (id !== node && pin.output) found[id] ??= pin.output;
  return found;
}

/** How long since the beginning each step was, in seconds. */
export function sinceStart(steps: readonly TriedStep[]): number[] {
  const start = Date.parse(steps[0]?.at ?? "");
  return steps.map((step) => Math.max(0, (Date.parse(step.at) - start) / 1000));
}
