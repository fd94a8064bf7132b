/** What the editor remembers about texts: for whom they are shown, and how. */

import { perStore } from "../state/feature";
import { Slice } from "../state/slice";

export interface Choice {
  kind: "latest" | "customer" | "nameless";
  id: string;
  name: string;
}

export interface TextState {
  who: Choice;
  asLiquid: boolean;
  width: "desktop" | "phone";
  part: "html" | "text";
  /** The node whose email is open in the big window. */
  big: string | null;
}

export const LATEST: Choice = { kind: "latest", id: "", name: "" };

export const texts = perStore(
  () => new Slice<TextState>({ who: LATEST, asLiquid: false, width: narrow() ? "phone" : "desktop", part: "html", big: null }),
);

function narrow(): boolean {
  return typeof window !== "undefined" && window.innerWidth < 768;
}

/** The same as the studio wants it. */
export function whoOf(choice: Choice): { customer?: string; nameless?: boolean } {
  if (choice.kind === "customer") return { customer: choice.id };
  return choice.kind === "nameless" ? { nameless: true } : {};
}
