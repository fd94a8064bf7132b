/**
 * Every word of the editor, in one catalogue: `t("try.run")`. English is in the first bundle, other
 * languages come when they are asked for. A missing translation does not compile.
 */

import { Slice } from "../state/slice";
import { EN } from "./en";
import type { Language } from "./preference";

export { LANGUAGES, preferred, type Language } from "./preference";

export type Key = keyof typeof EN;
/** A text, or its forms for numbers (`Intl.PluralRules`); `{name}` stands for a parameter. */
export type Text = string | { one: string; other: string };
export type Words = { readonly [key in Key]: Text };
export type Values = { readonly [name: string]: string | number };

const LOADERS: { [code in Language]: () => Promise<Words> } = {
  en: async () => EN,
  de: async () => (await import("./de")).DE,
};

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
    return typeof value === "number" ? written(value) : (value ?? all);
  });
}

/** As `Intl.PluralRules` says for both languages (a test asks it); making that one takes 25 ms. */
function plural(count: number): "one" | "other" {
  return count === 1 ? "one" : "other";
}

/** A number as the language writes it; small ones look the same everywhere. */
function written(value: number): string {
  if (Number.isInteger(value) && value >= 0 && value < 1_000) return String(value);
  return formatter("number", (code) => new Intl.NumberFormat(code)).format(value);
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

/**
 * Changes the language of everything that is drawn from now on (`language` tells the views). Says
 * whether it did: offline, words that were never fetched do not come, and the language stays.
 */
export async function speak(code: Language, kept: (code: Language) => void = () => {}): Promise<boolean> {
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
  kept(code);
  language.set({ code });
  return true;
}
