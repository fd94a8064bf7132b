/** What the studio is asked about texts. */

import type { Config } from "../model/types";
import type { EditorStore } from "../state/store";
import type { TextProblem } from "./liquid";

export interface Reader {
  id: string;
  name: string;
  email?: string | null;
}

export interface Mail {
  sender: string | null;
  to: string;
  subject: string;
  text: string;
  html: string | null;
}

export interface Shown {
  /** null: a customer about whom nothing is known. */
  customer: Reader | null;
  mail: Mail | null;
  texts: { field: string; label: string; text: string; multiline: boolean }[];
  missing: string[];
  stands_in: string[];
  why_not: string | null;
  problem: string | null;
}

export interface Testers {
  people: { name: string; email: string }[];
  own: string;
  anyone: boolean;
  server: boolean;
}

/** Who reads: nobody chosen, a customer, or one without a name. */
export type Who = { customer?: string; nameless?: boolean };

export function askLiquid(store: EditorStore, node: string, template: string) {
  return store.api.post<{ problems: TextProblem[] }>("/studio/liquid", { slug: store.slug, node, template });
}

export function askPreview(store: EditorStore, node: string, config: Config, who: Who) {
  return store.api.post<Shown>("/studio/texts/preview", { slug: store.slug, node, config, ...who });
}

export function askReaders(store: EditorStore, search: string) {
  return store.api.post<{ customers: Reader[]; more: number }>("/studio/texts/readers", { search });
}

export function askTesters(store: EditorStore) {
  return store.api.get<Testers>("/studio/texts/people");
}

export function sendTest(store: EditorStore, node: string, to: string, who: Who) {
  return store.api.post<{ ok: boolean; text: string }>("/studio/test-send", { slug: store.slug, node, to, ...who });
}
