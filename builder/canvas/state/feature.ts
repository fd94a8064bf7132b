/**
 * Parts of the editor with a state of their own: trying, history, who else is here. Each is made
 * once for a store, by whoever asks first, so that the store needs to know none of them.
 */

import type { EditorStore } from "./store";

/** One immutable value that views watch (`useSlice`). */
export class Slice<T extends object> {
  private watchers = new Set<() => void>();

  constructor(private value: T) {}

  get = (): T => this.value;

  watch = (call: () => void): (() => void) => {
    this.watchers.add(call);
    return () => this.watchers.delete(call);
  };

  set = (change: Partial<T>): void => {
    this.value = { ...this.value, ...change };
    for (const call of this.watchers) call();
  };
}

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
