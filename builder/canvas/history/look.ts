/** Looking at another state: which one, compared with what, and where in its changes one is. */

import { journeySchema } from "../form/journey_schema";
import { diff, isEmpty, type Diff } from "../model/diff";
import { same, type JourneyDocument } from "../model/types";
import { decor } from "../state/decor";
import { perStore } from "../state/feature";
import { Slice } from "../state/slice";
import { dressed } from "../state/geometry";
import { reason, type EditorStore } from "../state/store";
import { language, t } from "../words";
import { dateText, dateTimeText, timeText } from "../words/formats";
import { borrowed, both, layerOf } from "./ghosts";
import { briefly, itemsOf, type Item } from "./items";
import { studioOf, type Review } from "./studio";
import type { Edit } from "./timeline";

/** What is compared: with the draft of now, with what was before, with nothing. */
export type Compare = "draft" | "did" | "was";

export type What =
  | { kind: "edits"; first: Edit; last: Edit }
  | { kind: "version"; number: number }
  /** The draft against the live version. */
  | { kind: "changes" }
  /** The same, to be published. */
  | { kind: "publish" };

export interface Look {
  what: What;
  compare: Compare;
  /** The state that is looked at; `before` null: there is nothing to compare it with. */
  state: JourneyDocument;
  before: JourneyDocument | null;
  after: JourneyDocument;
  found: Diff | null;
}

interface Watched {
  look: Look | null;
  /** Being fetched. */
  busy: boolean;
  failure: string;
  /** Which change is looked at, by its item's id. */
  at: string | null;
  review: Review | null;
  reviewFailed: boolean;
}

const LAYER = "history";

export class Looking {
  readonly slice = new Slice<Watched>({ look: null, busy: false, failure: "", at: null, review: null, reviewFailed: false });
  private made: { look: Look; code: string; items: Item[] } | null = null;
  private asked = 0;
  /** What this feature has put on the canvas; another one may put something else there. */
  private laid: JourneyDocument | null = null;
  private focus: HTMLElement | null = null;

  constructor(private readonly store: EditorStore) {
    language.watch(() => {
      const { look } = this.slice.get();
      if (look) this.lay(look);
    });
    let draft = store.get().document;
    store.watch(() => {
      const { look } = this.slice.get();
      if (!look) return;
      if (store.get().mode !== "past" || store.get().past !== this.laid) return this.drop();
      // Someone else goes on editing: what is shown stays true.
      if (store.get().document === draft) return;
      draft = store.get().document;
      if (look.compare === "draft" || look.what.kind === "changes" || look.what.kind === "publish") this.show(look.what, look.compare, look.state);
    });
  }

  /** Shows a state; fetches it first when need be. */
  open = async (what: What, compare: Compare = "draft"): Promise<void> => {
    const number = ++this.asked;
    const { look } = this.slice.get();
    if (!look) this.focus = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    this.slice.set({ busy: true, failure: "" });
    try {
      const state = await this.stateOf(what);
      const before = compare === "did" ? await this.stateBefore(what) : null;
      if (number !== this.asked) return;
      this.show(what, compare, state, before);
    } catch (error) {
      if (number === this.asked) this.slice.set({ failure: reason(error) });
    } finally {
      if (number === this.asked) this.slice.set({ busy: false });
    }
  };

  compare = (compare: Compare): void => {
    const { look } = this.slice.get();
    if (look) void this.open(look.what, compare);
  };

  /** Opens the review; with errors their list, as there is nothing to review before. */
  review = async (): Promise<void> => {
    const { store } = this;
    if (store.get().publishing) return;
    const errors = () => store.get().problems.some((problem) => problem.severity === "error");
    if (errors() && store.unsaved === 0) return void store.publish();
    this.slice.set({ review: null, reviewFailed: false });
    void this.open({ kind: "publish" });
    try {
      if (await store.flush()) this.slice.set({ review: await studioOf(store).review() });
      else this.slice.set({ reviewFailed: true });
    } catch {
      this.slice.set({ reviewFailed: true });
    }
    if (this.slice.get().look?.what.kind === "publish" && errors()) {
      this.leave();
      void store.publish();
    }
  };

  publish = async (): Promise<void> => {
    const { journey } = this.store.get();
    await this.store.publish();
    const { journey: now, save } = this.store.get();
    if (now !== journey) this.leave(); // a refused one keeps the review open
    else if (save.kind === "offline" || save.kind === "refused") this.store.set({ message: t("history.not_saved") });
  };

  /** The chosen state becomes the draft: one edit, so undo takes it back. */
  restore = (): void => {
    const { look } = this.slice.get();
    if (!look || (look.what.kind !== "edits" && look.what.kind !== "version")) return;
    const { what, state } = look;
    const name = nameOf(what);
    this.leave();
    if (isEmpty(diff(this.store.get().document, state))) return this.store.set({ message: t("history.same_as_draft") });
    this.store.edit({ label: t("history.restore_label", { what: name }), ops: [{ op: "doc.replace", document: state }] });
    const message = what.kind === "version" ? t("history.restored_version", { number: what.number }) : t("history.restored", { when: name });
    this.store.set({ message });
  };

  /** Back to the draft; the focus goes where it came from. */
  leave = (): void => {
    this.asked += 1;
    if (!this.slice.get().look) return this.slice.set({ busy: false, failure: "" });
    const { focus } = this;
    this.drop();
    this.store.set({ mode: "draft", past: null });
    setTimeout(() => (focus?.isConnected ? focus : document.querySelector<HTMLElement>('[data-testid="publish"]'))?.focus(), 0);
  };

  items = (): Item[] => {
    const { look } = this.slice.get();
    if (!look?.found || !look.before) return [];
    const { code } = language.get();
    if (this.made?.look !== look || this.made.code !== code) {
      this.made = { look, code, items: itemsOf(look.found, this.sides(look, look.before)) };
    }
    return this.made.items;
  };

  /** Goes to the next change, or the previous one, round and round. */
  step = (by: 1 | -1): void => {
    const items = this.items();
    const now = items.findIndex((item) => item.id === this.slice.get().at);
    const next = items[(now < 0 && by < 0 ? items.length - 1 : now + by + items.length) % items.length];
    if (next) this.go(next);
  };

  go = (item: Item): void => {
    this.slice.set({ at: item.id });
    const known = this.store.get().past?.nodes.some((node) => node.id === item.node);
    if (item.node && known) this.store.set({ reveal: [item.node] });
  };

  private drop(): void {
    this.slice.set({ look: null, busy: false, failure: "", at: null, review: null, reviewFailed: false });
    decor(this.store).put(LAYER, null);
    this.focus = null;
  }

  private show(what: What, compare: Compare, given: JourneyDocument, earlier: JourneyDocument | null = null): void {
    const { types, document, journey } = this.store.get();
    const draft = what.kind === "changes" || what.kind === "publish";
    const state = draft ? document : dressed(borrowed(given, document), types);
    const bare = draft ? (journey.live?.document ?? null) : compare === "draft" ? document : earlier;
    const before = bare && dressed(borrowed(bare, state), types);
    const found = before && (draft || compare !== "was") ? diff(before, state) : null;
    const look: Look = { what, compare, state, before, after: state, found };
    const { look: old, at } = this.slice.get();
    // Whoever shows something else from the past ends it first, with what lies over it.
    if (!old && this.store.get().mode === "past") this.store.set({ mode: "draft", past: null });
    this.laid = found ? both(state, found) : state;
    const selected = old ? this.store.get().selected : new Set<string>();
    this.store.set({ mode: "past", past: this.laid, selected, selectedEdges: new Set() });
    this.slice.set({ look, at: old && same(old.what, what) ? at : null });
    this.lay(look);
  }

  private lay(look: Look): void {
    if (!look.found) return decor(this.store).put(LAYER, null);
    const says = new Map(this.items().map((item) => [item.node, item]));
    const layer = layerOf(look.found, (change) => {
      const item = says.get(change.id);
      const badge = t(change.kind === "changed" ? "history.changed" : change.kind === "added" ? "history.added" : "history.removed");
      const moved = change.kind === "changed" && change.fields.length === 0;
      const said = item && item.id !== "layout" ? briefly(item) : "";
      return { badge, says: moved ? t("history.moved_badge") : `${badge}. ${said}`.trim() };
    });
    decor(this.store).put(LAYER, layer);
  }

  private sides(look: Look, before: JourneyDocument) {
    const { types, catalogue } = this.store.get();
    return { before, after: look.after, types, form: journeySchema(catalogue.stages, "after") };
  }

  private async stateOf(what: What): Promise<JourneyDocument> {
    const { document, journey } = this.store.get();
    if (what.kind === "edits") return studioOf(this.store).at(what.last.rev);
    if (what.kind !== "version") return document;
    return journey.live?.number === what.number ? journey.live.document : studioOf(this.store).version(what.number);
  }

  private async stateBefore(what: What): Promise<JourneyDocument | null> {
    if (what.kind === "edits") return what.first.rev > 1 ? studioOf(this.store).at(what.first.rev - 1) : null;
    if (what.kind !== "version") return null;
    const earlier = this.store.get().journey.versions.map((v) => v.number).filter((number) => number < what.number);
    return earlier.length ? studioOf(this.store).version(Math.max(...earlier)) : null;
  }
}

export const looking = perStore((store) => new Looking(store));

/** "14:02" of today, else with its day. */
export function nameOf(what: What): string {
  if (what.kind === "edits") {
    const { at } = what.last;
    return dateText(at) === dateText(Date.now()) ? timeText(at) : dateTimeText(at);
  }
  return what.kind === "version" ? t("history.version", { number: what.number }) : "";
}
