/** Which language the editor speaks: the browser's to begin with, then what is chosen here. */

import { errorsFirst } from "../model/problems";
import type { Command } from "../state/commands";
import type { EditorStore } from "../state/store";
import { LANGUAGES, language, preferred, speak, t, type Language } from ".";
import { keep, storage } from "./preference";

const CODES = Object.keys(LANGUAGES) as Language[];
/** In which language the names from the studio are that a store shows. */
const known = new WeakMap<EditorStore, Language>();

/** Speaks as it was chosen here before, or as the browser does. */
export async function begin(storage: Storage | null, browser: readonly string[]): Promise<void> {
  const code = preferred(storage, browser, document.cookie);
  if (code !== language.get().code) await speak(code);
  document.documentElement.lang = language.get().code;
}

/** Changes the language, and keeps it for the next time and for the other pages. */
export async function choose(store: EditorStore, code: Language): Promise<void> {
  const spoken = await speak(code, (chosen) => keep(chosen, storage()));
  document.documentElement.lang = language.get().code;
  store.set({ message: spoken ? "" : t("editor.no_words") }); // the last one was in the other language
}

/** Asks again for what the studio says in words: names of node types, fields and problems. */
export async function renew(store: EditorStore): Promise<void> {
  const { code } = language.get();
  const before = known.get(store);
  known.set(store, code);
  if (before === undefined || before === code) return; // the first answers are in this language
  try {
    const [catalogue, journey] = await Promise.all([store.api.catalogue(), store.api.journey()]);
    if (language.get().code !== code) return;
    const types = new Map(catalogue.types.map((type) => [type.type, type]));
    store.set({ catalogue, types, problems: errorsFirst(journey.problems) });
  } catch {
    known.delete(store); // offline: the names stay in the other language until the next visit
  }
}

/** The other languages, as entries of a menu. */
export function languageItems(store: EditorStore) {
  const others = CODES.filter((code) => code !== language.get().code);
  return others.map((code) => ({
    label: t(`editor.language_${code}`),
    icon: "globe",
    onSelect: () => void choose(store, code),
  }));
}

export const languageCommands: readonly Command[] = CODES.map((code) => ({
  id: `view.language_${code}`,
  title: `editor.language_${code}`,
  icon: "globe",
  group: "view",
  when: () => language.get().code !== code,
  run: (store) => void choose(store, code),
}));
