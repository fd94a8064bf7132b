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
export type Values = { readonly [name: string]: string | number };

/** The languages there are, in their own words. */
export const LANGUAGES: { readonly [code in Language]: string } = { en: "English", de: "Deutsch" };

const LOADERS: { [code in Language]: () => Promise<Words> } = {
  en: async () => EN,
  de: async () => (await import("./de")).DE,
};
const STORED = "wayline.language";

let words: Words = EN;
let wanted: Language = "en";
export const language = new Slice<{ code: Language }>({ code: "en" });

/** The text of a key in the language in use. `count` chooses among the forms for numbers; numbers
 * are written as the language writes them. */
export function t(key: Key, values: Values = {}): string {
  const text: Text | undefined = words[key];
  if (text === undefined) return key; // only a key that was put together wrongly: rather odd than dead
  const form = typeof text === "string" ? text : text[plural(Number(values.count ?? 0))];
  return form.replace(/\{(\w+)\}/g, (all, name: string) => {
    const value = values[name];
    return typeof value === "number" ? numbers().format(value) : (value ?? all);
  });
}

function plural(count: number): "one" | "other" {
  return formatter("plural", (code) => new Intl.PluralRules(code)).select(count) === "one" ? "one" : "other";
}

function numbers(): Intl.NumberFormat {
  return formatter("number", (code) => new Intl.NumberFormat(code));
}

const made = new Map<string, unknown>();

/** A formatter of `Intl` in the language in use; making one is dear, so each is made once. */
export function formatter<F>(name: string, make: (locale: string) => F): F {
  const { code } = language.get();
  const key = `${code} ${name}`;
  if (!made.has(key)) made.set(key, make(LOCALES[code]));
  return made.get(key) as F;
}

/** How dates and numbers are written: English as in Europe, with the day first and 24 hours. */
const LOCALES: { readonly [code in Language]: string } = { en: "en-GB", de: "de-DE" };

/** The language that answers of the studio should have: known before its words have come. */
export function asked(): Language {
  return wanted;
}

/** The language to begin with: as chosen here before, else the browser's, else English. */
export function preferred(storage: Pick<Storage, "getItem"> | null, browser: readonly string[]): Language {
  const wishes = [storage?.getItem(STORED) ?? "", ...browser].map((one) => one.slice(0, 2).toLowerCase());
  return (wishes.find((one) => one in LANGUAGES) as Language | undefined) ?? "en";
}

/**
 * Changes the language of everything that is drawn from now on (`language` tells the views). Says
 * whether it did: offline, words that were never fetched do not come, and the language stays.
 */
export async function speak(code: Language, storage: Pick<Storage, "setItem"> | null = null): Promise<boolean> {
  wanted = code;
  let found: Words;
  try {
    found = await LOADERS[code]();
  } catch {
    if (wanted === code) wanted = language.get().code;
    return false;
  }
  if (wanted !== code) return false; // another was chosen meanwhile
  words = found;
  storage?.setItem(STORED, code);
  language.set({ code });
  return true;
}
