/**
 * What the editor asks for first, asked while its scripts are still on their way: the page's own
 * script asks (`builder/front/early.ts`), the editor takes the answer.
 */

import type { Language } from "../words/preference";

const FRESH = 15_000; // milliseconds: whoever takes it later asks anew

interface Early {
  at: number;
  language: Language;
  answer: Promise<Response | null>;
}

declare global {
  var waylineEarly: Map<string, Early> | undefined;
}

/** The calls that open the editor at a page's path; none for another page. */
export function firstCalls(pathname: string): string[] {
  const slug = /^\/journeys\/([^/]+)\/?$/.exec(pathname)?.[1];
  if (slug === undefined) return [];
  try {
    return ["/studio/catalogue", rootOf(decodeURIComponent(slug))];
  } catch {
    return []; // not an address that a page of ours has
  }
}

/** Where the calls of a journey begin. */
export function rootOf(slug: string): string {
  return `/studio/journeys/${encodeURIComponent(slug)}`;
}

export function askEarly(paths: readonly string[], language: Language, call: typeof fetch, now: number): void {
  const headers = { "Accept-Language": language };
  const ask = (path: string) =>
    call(path, { method: "GET", headers, credentials: "same-origin" }).catch(() => null);
  globalThis.waylineEarly = new Map(paths.map((path) => [path, { at: now, language, answer: ask(path) }]));
}

/** The answer that was asked for early, once; null when there is none or it did not come. */
export async function takeEarly(path: string, language: Language, now: number): Promise<Response | null> {
  const found = globalThis.waylineEarly?.get(path);
  if (!found) return null;
  globalThis.waylineEarly?.delete(path);
  return found.language === language && now - found.at < FRESH ? found.answer : null;
}
