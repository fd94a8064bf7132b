/** Arrow keys move what is selected; what the commands need from the canvas is given to them here. */

import { useReactFlow } from "@xyflow/react";
import { useEffect } from "react";

import type { Point } from "../model/types";
import { useStore } from "../view/context";
import { nudge } from "./actions";
import { arrangeCommands } from "./commands";
import { arranging } from "./state";

const ARROWS: { readonly [key: string]: Point } = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
/** Shift and a digit is another sign on every keyboard: these go by the key's place. */
const DIGITS: { readonly [code: string]: string } = { Digit0: "arrange.full", Digit1: "arrange.fit", Digit2: "arrange.fit_chosen" };

export function ArrangeKeys() {
  const store = useStore();
  const flow = useReactFlow();
  useEffect(() => {
    const feature = arranging(store);
    feature.flow = flow;
    return () => {
      if (feature.flow === flow) feature.flow = null;
    };
  }, [store, flow]);
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !onCanvas(event.target)) return;
      const digit = event.shiftKey ? arrangeCommands.find((c) => c.id === DIGITS[event.code]) : undefined;
      if (digit) {
        take(event);
        if (!digit.when || digit.when(store.get(), store)) digit.run(store);
        return;
      }
      const note = event.key === "Enter" && chosenNoteOf(event.target);
      if (note) {
        take(event);
        note.focus();
        return;
      }
      const to = ARROWS[event.key];
      if (!to || store.get().selected.size === 0 || !store.editable) return;
      take(event);
      nudge(store, to, event.shiftKey);
    };
    window.addEventListener("keydown", hear, true); // before React Flow, which would move it by itself
    return () => window.removeEventListener("keydown", hear, true);
  }, [store]);
  return null;
}

function take(event: KeyboardEvent): void {
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** A node, the pane, or nothing has the focus: not a field, a button or a list. */
function onCanvas(target: EventTarget | null): boolean {
  if (document.querySelector("dialog[open]")) return false;
  if (target === document.body) return document.querySelector(".wj-canvas") !== null;
  return target instanceof Element && target.matches(".react-flow__node, .react-flow__pane, .react-flow__nodesselection-rect, .react-flow");
}

/** The field of a selected note whose frame has the focus. */
function chosenNoteOf(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element && target.matches(".react-flow__node-note.selected") ? target.querySelector("textarea") : null;
}
