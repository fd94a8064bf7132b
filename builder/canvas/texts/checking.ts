/** A text's problems while it is written: guessed at once, and what the studio's parser says. */

import { useEffect, useState } from "react";

import type { VariableGroup } from "../model/variables";
import type { EditorStore } from "../state/store";
import { useStore } from "../view/context";
import { askLiquid } from "./calls";
import { jsonProblem, meansJson } from "./json";
import { localProblems, merged, type TextProblem } from "./liquid";

const SOON = 250; // milliseconds of quiet before the guess is shown
const ASKED = 600; // … and before the studio is asked

const NONE: readonly TextProblem[] = [];

export function useTextProblems(
  text: string,
  node: string | null,
  groups: readonly VariableGroup[],
  json: boolean,
): readonly TextProblem[] {
  const store = useStore();
  const [found, setFound] = useState<{ text: string; problems: readonly TextProblem[] }>({ text: "", problems: NONE });
  useEffect(() => {
    const own = json && meansJson(text) ? jsonProblem(text) : null;
    const plain = !text.includes("{{") && !text.includes("{%");
    if (plain && !own) {
      setFound((before) => (before.problems.length ? { text, problems: NONE } : before));
      return;
    }
    let wanted = true;
    const say = (problems: readonly TextProblem[]) => {
      if (wanted) setFound({ text, problems: own ? [own, ...problems] : problems });
    };
    const guess = setTimeout(() => say(localProblems(text, groups)), SOON);
    const ask = setTimeout(async () => {
      if (plain || !node) return;
      const told = await parsed(store, node, text);
      if (told) say(merged(told, localProblems(text, groups)));
    }, ASKED);
    return () => {
      wanted = false;
      clearTimeout(guess);
      clearTimeout(ask);
    };
  }, [store, text, node, groups, json]);
  return found.text === text ? found.problems : NONE;
}

async function parsed(store: EditorStore, node: string, text: string): Promise<TextProblem[] | null> {
  try {
    return (await askLiquid(store, node, text)).problems;
  } catch {
    return null; // offline or refused: the guess stays, and saving says what is the matter
  }
}
