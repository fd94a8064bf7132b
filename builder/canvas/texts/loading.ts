/** The field with chips and completion is loaded when it is first used; from then on it is there. */

import { useSyncExternalStore } from "react";

import { Slice } from "../state/slice";

type Code = typeof import("./code");

const loaded = new Slice<{ code: Code | null }>({ code: null });
let asked: Promise<void> | null = null;

/** Ends well in any case: without it, the plain field goes on working, and the next use tries again. */
export function loadCode(): Promise<void> {
  asked ??= import("./code").then(
    (code) => loaded.set({ code }),
    () => {
      asked = null;
    },
  );
  return asked;
}

export function useCode(): Code | null {
  return useSyncExternalStore(loaded.watch, () => loaded.get().code);
}
