/**
 * Every word of the editor, in one catalogue: `t("try.run")`. English is in the first bundle, other
 * languages come when they are asked for. A missing translation does not compile.
 */

import { Slice } from "../state/feature";
import { EN } from "./en";

export type Key = keyof typeof EN;
/** A text, or its forms for numbers (`Intl.PluralRules`); `{name}` stands for a parameter. */
export type Text = string | { one: string; other: string };
export type Words = { readonly [key in Key]: Text };
export type Language = "en" | "de";

/** The languages there are, in their own words. */
export const LANGUAGES: { readonly [code in Language]: string } = { en: "English", de: "Deutsch" };

const LOADERS: { [code in Language]: () => Promise<Words> } = {
  en: async () => EN,
  de: async () => (await import("./de")).DE,
};
const STORED = "wayline.language";

let words: Words = EN;
export const language = new Slice<{ code: Language }>({ code: "en" });

/** The text of a key in the language in use. `count` chooses among the forms for numbers. */
export function t(key: Key, values: { readonly [name: string]: string | number } = {}): string {
  const text = words[key];
  const form = typeof text === "string" ? text : text[rule(Number(values.count ?? 0))];
  return form.replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all));
}

function rule(count: number): "one" | "other" {
  return new Intl.PluralRules(language.get().code).select(count) === "one" ? "one" : "other";
}

/** The language to begin with: as chosen here before, else the browser's, else English. */
export function preferred(storage: Pick<Storage, "getItem"> | null, browser: readonly string[]): Language {
  const wanted = [storage?.getItem(STORED) ?? "", ...browser].map((one) => one.slice(0, 2).toLowerCase());
  return (wanted.find((one) => one in LANGUAGES) as Language | undefined) ?? "en";
}

/** Changes the language of everything that is drawn from now on (`language` tells the views). */
export async function speak(code: Language, storage: Pick<Storage, "setItem"> | null = null): Promise<void> {
  words = await LOADERS[code]();
  storage?.setItem(STORED, code);
  language.set({ code });
}
