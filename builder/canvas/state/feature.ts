/**
 * Parts of the editor with a state of their own: trying, history, who else is here. Each is made
 * once for a store, by whoever asks first, so that the store needs to know none of them.
 */

import type { EditorStore } from "./store";

/** `const trying = perStore((store) => new Trying(store))`, then `trying(useStore())`. */
export function perStore<F>(make: (store: EditorStore) => F): (store: EditorStore) => F {
  const made = new WeakMap<EditorStore, F>();
  return (store) => {
    const known = made.get(store);
    if (known !== undefined) return known;
    const fresh = make(store);
    made.set(store, fresh);
    return fresh;
  };
}
