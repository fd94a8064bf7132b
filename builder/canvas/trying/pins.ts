/** Pinned answers, kept for the session of the browser, each journey's own. */

import { isRecord } from "../model/types";
import type { Pin, Pins } from "./types";

export class PinStore {
  private readonly key: string;

  constructor(
    slug: string,
    private readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem"> | null = session(),
  ) {
    this.key = `wayline.pins.${slug}`;
  }

  load(): Pins {
    try {
      const found: unknown = JSON.parse(this.storage?.getItem(this.key) ?? "{}");
      if (!isRecord(found)) return {};
      return Object.fromEntries(Object.entries(found).filter(([, pin]) => isRecord(pin))) as unknown as { [n: string]: Pin };
    } catch {
      return {}; // not ours, or the storage is shut
    }
  }

  save(pins: Pins): void {
    try {
      if (Object.keys(pins).length > 0) this.storage?.setItem(this.key, JSON.stringify(pins));
      else this.storage?.removeItem(this.key);
    } catch {
      // Full or shut: the pins hold until the page is left.
    }
  }
}

function session(): Storage | null {
  try {
    return globalThis.sessionStorage ?? null;
  } catch {
    return null;
  }
}
