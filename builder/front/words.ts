// The words of the pages: `tr("Sending limits")`. English is the key. The server draws the page in
// the person's language and lays that language's table before the scripts (builder/languages.py), so
// that the first drawing finds it; English has no table.
import "./early";

import { STORED, inCookie, keep, preferred, storage, type Language } from "../canvas/words/preference";

type Values = { readonly [name: string]: string | number };

declare global {
  var waylineWords: { readonly [english: string]: string } | undefined;
}

const table = globalThis.waylineWords ?? {};
/** What this page was drawn in; the editor may say another one in `<html lang>` later. */
export const drawn = (typeof document === "undefined" ? "en" : document.documentElement.lang) as Language;

/** A text in the language of the page; `{name}` stands for a value, a number as the language writes it. */
export function tr(english: string, values: Values = {}): string {
  const text = Object.hasOwn(table, english) ? table[english]! : english;
  return text.replace(/\{(\w+)\}/g, (all, name: string) => written(values[name] ?? all));
}

function written(value: string | number): string {
  return typeof value === "number" ? value.toLocaleString(drawn === "en" ? "en-GB" : drawn) : value;
}

/** What the server was asked for when this page was drawn. */
const told = typeof document === "undefined" ? null : inCookie(document.cookie);

/** Loads the page anew where another language was chosen since: in the editor, in another tab, or
 * before the cookie was lost. */
export function follow(): void {
  const wanted = preferred(storage(), navigator.languages, document.cookie);
  if (inCookie(document.cookie) !== null) storage()?.setItem(STORED, wanted);
  if (wanted === drawn || wanted === told) return; // the server draws no other
  keep(wanted, null);
  if (inCookie(document.cookie) === wanted) location.reload();
}

/** Speaks another language from now on. What Python says follows with the new page. */
export function choose(code: Language): void {
  keep(code, storage());
  location.reload();
}

if (typeof document !== "undefined") {
  window.addEventListener("pageshow", (event) => event.persisted && follow());
}
