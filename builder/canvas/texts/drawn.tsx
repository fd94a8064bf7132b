/** A text as it reads, with chips for what is filled in: drawn over the plain field until that is used. */

import type { Ref } from "react";

import type { VariableGroup } from "../model/variables";
import { chipWords, pieces } from "./liquid";

/** A stretch of a text: `said` stands for it, where that is not the text itself. */
export interface Stretch {
  from: number;
  to: number;
  kind: "text" | "chip" | "tag";
  said: string;
}

/** The text cut at what is filled in, in the words of the field with chips (`code.ts`). */
export function stretches(text: string, groups: readonly VariableGroup[]): Stretch[] {
  const made: Stretch[] = [];
  const plain = (from: number, to: number) => {
    if (from < to) made.push({ from, to, kind: "text", said: text.slice(from, to) });
  };
  let last = 0;
  for (const { from, to, kind, closed, inner } of pieces(text)) {
    plain(last, from);
    last = to;
    const whole = text.slice(from, to);
    const words = kind === "output" && closed && !whole.includes("\n") ? chipWords(inner, groups) : null;
    made.push({ from, to, kind: words === null ? "tag" : "chip", said: words ?? whole });
  }
  plain(last, text.length);
  return made;
}

interface DrawnProps {
  text: string;
  groups: readonly VariableGroup[];
  layer: Ref<HTMLDivElement>;
}

export function Drawn({ text, groups, layer }: DrawnProps) {
  return (
    <div className="wj-liquid-drawn" aria-hidden="true" ref={layer}>
      <div>
        {stretches(text, groups).map(({ from, kind, said }) => (
          <span key={from} className={KINDS[kind]} data-from={from}>
            {said}
          </span>
        ))}
        {"\u200b"}
      </div>
    </div>
  );
}

const KINDS = { text: undefined, chip: "wj-chip", tag: "wj-code-tag" };

/**
 * Where in the text somebody points at: the field below is as wide as its Liquid, not as what is drawn
 * over it. In a chip it is before or behind the whole. null: beside all text.
 */
export function pointedAt(layer: HTMLElement, field: HTMLElement, text: string, x: number, y: number): number | null {
  const [above, below] = [layer.style.pointerEvents, field.style.pointerEvents];
  layer.style.pointerEvents = "auto";
  field.style.pointerEvents = "none";
  const spot = document.caretPositionFromPoint?.(x, y) ?? null;
  layer.style.pointerEvents = above;
  field.style.pointerEvents = below;
  const drawn = spot?.offsetNode.parentElement?.closest<HTMLElement>("[data-from]");
  if (!spot || !drawn || !layer.contains(drawn)) return null;
  const from = Number(drawn.dataset.from);
  if (!drawn.classList.contains("wj-chip")) return from + spot.offset;
  const box = drawn.getBoundingClientRect();
  if (x < box.left + box.width / 2) return from;
  const end = text.indexOf("}}", from);
  return end < 0 ? text.length : end + 2;
}
