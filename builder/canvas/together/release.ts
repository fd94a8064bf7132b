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
      if (this.stored() === `${build} new`) {
        this.remember(build);
        this.store.set({ message: t("together.renewed") });
      }
    } else if (build !== this.own && this.next === null) {
      // Two servers of different releases at once would send a page to and fro: once for each.
      if (this.stored() === build || this.page.session === null) return;
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
    this.remember(`${this.next} new`);
    this.store.leave();
    this.page.reload();
  }

  private stored(): string | null {
    return this.page.session?.getItem(STORED) ?? null;
  }

  private remember(text: string): void {
    this.page.session?.setItem(STORED, text);
  }
}
