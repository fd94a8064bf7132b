/** The edits and versions that have been fetched so far. */

import { perStore } from "../state/feature";
import { Slice } from "../state/slice";
import { reason, type EditorStore } from "../state/store";
import { PAGE, studioOf } from "./studio";
import type { Edit, Version } from "./timeline";

interface Fetched {
  edits: readonly Edit[];
  versions: readonly Version[];
  /** Whether the first edit of all is there. */
  whole: boolean;
  busy: boolean;
  failure: string;
}

export class Pages {
  readonly slice = new Slice<Fetched>({ edits: [], versions: [], whole: false, busy: false, failure: "" });

  constructor(private readonly store: EditorStore) {}

  /** Fetches what is new since the last time, or everything anew when that is too much. */
  refresh = (): Promise<void> =>
    this.ask(null, (page) => {
      const known = this.slice.get();
      const oldest = page.edits.at(-1)?.rev ?? 0;
      const joins = known.edits.some((edit) => edit.rev >= oldest);
      const older = joins ? known.edits.filter((edit) => edit.rev < oldest) : [];
      const whole = older.length > 0 ? known.whole : page.edits.length < PAGE;
      return { edits: [...page.edits, ...older], versions: page.versions, whole };
    });

  earlier = (): Promise<void> =>
    this.ask(this.slice.get().edits.at(-1)?.rev ?? null, (page) => {
      const { edits, versions } = this.slice.get();
      return { edits: [...edits, ...page.edits], versions, whole: page.edits.length < PAGE };
    });

  private async ask(
    before: number | null,
    take: (page: { edits: Edit[]; versions: Version[] }) => Partial<Fetched>,
  ): Promise<void> {
    if (this.slice.get().busy) return;
    this.slice.set({ busy: true, failure: "" });
    try {
      const page = await studioOf(this.store).page(before);
      this.slice.set(take(page));
    } catch (error) {
      this.slice.set({ failure: reason(error) });
    } finally {
      this.slice.set({ busy: false });
    }
  }
}

export const pages = perStore((store) => new Pages(store));
