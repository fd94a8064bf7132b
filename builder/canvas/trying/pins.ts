/** Pinned answers, kept for the session of the browser, each journey's own. */

import { isRecord, type NodeType } from "../model/types";
import type { Pin, Pins, Table } from "./types";

/** What an example of the type puts out by this handle. */
export function exampleOutput(type: NodeType | undefined, handle: string): Table | undefined {
  const results = (type?.examples ?? []).map((one) => (one as { result?: { handle?: string; output?: Table } }).result);
  return results.find((result) => result?.handle === handle && result.output)?.output;
}

/**
 * The pin with another way out. An output that names the old way names the new one ("label":
 * "project"); one that no person has written becomes that of an example.
 */
export function byWay(pin: Pin, handle: string, type: NodeType | undefined): Pin {
  const output = pin.output ?? {};
  const old = pin.handle ?? "";
  const renamed = Object.entries(output).map(([name, value]) => [name, value === old && old !== "" ? handle : value]);
  if (Object.values(output).includes(old) && old !== "") return { ...pin, handle, output: Object.fromEntries(renamed) as Table };
  const example = exampleOutput(type, handle);
  return { ...pin, handle, output: example && !pin.own ? example : output };
}

/** As the studio takes them. */
export function sent(pins: Pins): Pins {
  return Object.fromEntries(Object.entries(pins).map(([node, { own: _, sample: __, ...pin }]) => [node, pin]));
}

/** The pins that a person has set, and those that come with a sample in place of the last one's. */
export function withSample(pins: Pins, sample: Pins = {}): Pins {
  const mine = Object.entries(pins).filter(([, pin]) => !pin.sample);
  const coming = Object.entries(sample).map(([node, pin]) => [node, { ...pin, sample: true }] as const);
  return Object.fromEntries([...coming, ...mine]);
}

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
