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
