/**
 * Which language a person has chosen: kept in a cookie, which the server reads as well, and in the
 * browser's storage, which stays longer. Of the two the cookie holds: the sign-in page sets it too.
 */

export type Language = "en" | "de";

/** The languages there are, in their own words. */
export const LANGUAGES: { readonly [code in Language]: string } = { en: "English", de: "Deutsch" };

export const STORED = "wayline.language";
export const COOKIE = "wayline_language";
const YEAR = 31_536_000; // seconds

/** The language of a cookie header, if it names one that there is. */
export function inCookie(cookies: string): Language | null {
  const found = new RegExp(`(?:^|;\\s*)${COOKIE}=(\\w+)`).exec(cookies)?.[1];
  return known(found ?? "");
}

/** The language to begin with: as chosen here before, else the browser's, else English. */
export function preferred(
  storage: Pick<Storage, "getItem"> | null,
  browser: readonly string[],
  cookies = "",
): Language {
  const wishes = [inCookie(cookies) ?? "", storage?.getItem(STORED) ?? "", ...browser];
  return wishes.map((one) => known(one.slice(0, 2).toLowerCase())).find((one) => one !== null) ?? "en";
}

/** Keeps a choice for the editor and all pages. */
export function keep(code: Language, storage: Pick<Storage, "setItem"> | null): void {
  storage?.setItem(STORED, code);
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${COOKIE}=${code}; Path=/; Max-Age=${YEAR}; SameSite=Lax${secure}`;
}

/** The browser's storage, unless its settings shut it. */
export function storage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null; // the choice lasts as long as the cookie
  }
}

function known(code: string): Language | null {
  return Object.hasOwn(LANGUAGES, code) ? (code as Language) : null;
}
