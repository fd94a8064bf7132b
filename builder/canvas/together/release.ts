/**
 * An old page after a new release: answers name the front end that they belong to. When that is
 * another one, the page saves, waits until nobody types, and loads itself again, once.
 */

import type { EditorStore } from "../state/store";
import { t } from "../words";

export interface Page {
  /** Whether somebody is in the middle of something. */
  busy: () => boolean;
  reload: () => void;
  later: (ms: number, call: () => void) => () => void;
  session: Pick<Storage, "getItem" | "setItem"> | null;
}

/** The releases that this tab has loaded itself for, and the one that it has not spoken of yet. */
interface Loads {
  fresh: string | null;
  done: readonly string[];
}

const NONE: Loads = { fresh: null, done: [] };
const STORED = "wayline.renewed";
const LOOK = 1_000; // milliseconds between two looks whether it can load itself

export class Release {
  private own: string | null = null;
  private next: string | null = null;
  private calloff: (() => void) | null = null;

  constructor(
    private readonly store: EditorStore,
    private readonly page: Page,
  ) {}

  begin(): () => void {
    this.store.api.onBuild = (build) => this.heard(build);
    return () => {
      this.store.api.onBuild = () => undefined;
      this.calloff?.();
    };
  }

  private heard(build: string): void {
    if (this.own === null) {
      this.own = build;
      const { fresh, done } = this.recall();
      if (fresh !== build) return;
      this.remember({ fresh: null, done });
      this.store.set({ message: t("together.renewed") });
    } else if (build !== this.own && this.next === null && this.page.session) {
      // Servers of two releases at once would send a page to and fro: once for each of them.
      if (this.recall().done.includes(build)) return;
      this.next = build;
      this.store.set({ message: t("together.new_release") });
      this.wait();
    }
  }

  private wait(): void {
    this.calloff = this.page.later(LOOK, () => void this.go());
  }

  private async go(): Promise<void> {
    if (this.page.busy()) return this.wait();
    await this.store.flush();
    // Offline nothing would come back. What the old page may not save is kept, and the new one will.
    if (this.store.get().save.kind === "offline" || this.page.busy()) return this.wait();
    const next = this.next ?? "";
    this.remember({ fresh: next, done: [...this.recall().done, next] });
    this.store.leave();
    this.page.reload();
  }

  private recall(): Loads {
    try {
      return { ...NONE, ...(JSON.parse(this.page.session?.getItem(STORED) ?? "{}") as Partial<Loads>) };
    } catch {
      return NONE;
    }
  }

  private remember(loads: Loads): void {
    this.page.session?.setItem(STORED, JSON.stringify(loads));
  }
}
