/** The draft that is open: coming and going, saving, what others do to it, and undo. */

import { byName, changes } from "../model/between";
import { EMPTY, noticed, record, redo, undo, type Entry, type History } from "../model/history";
import { applyWhatFits } from "../model/ops";
import { errorsFirst } from "../model/problems";
import { rebase, withNames, type Conflict } from "../model/rebase";
import { same, type Catalogue, type Edit, type JourneyDocument, type Op, type Problem } from "../model/types";
import { t } from "../words";
import type { Api, Journey } from "./api";
import { sound } from "../model/sound";
import { dressed, missingPlaces } from "./geometry";
import { Keeping, newClient, type Batch, type Kept } from "./keeping";
import { Refused, SaveQueue, type Merged, type Saved, type SaveState } from "./queue";
import { NOTHING, type State, type Surroundings, type Told } from "./state";

export class Draft {
  readonly client: string;
  protected state: State = NOTHING;
  private watchers = new Set<() => void>();
  private queue: SaveQueue | null = null;
  private keeping: Keeping;
  private left = false;
  /** Places found for nodes that had none: they are saved together with the first edit. */
  private invented: Op[] = [];

  constructor(
    readonly slug: string,
    readonly api: Api,
    private readonly around: Surroundings,
    canEdit = true,
  ) {
    this.client = around.client ?? newClient();
    this.keeping = new Keeping(around.storage, slug, this.client, around.now);
    this.state = { ...NOTHING, canEdit };
  }

  get = (): State => this.state;

  watch = (call: () => void): (() => void) => {
    this.watchers.add(call);
    return () => this.watchers.delete(call);
  };

  set = (change: Partial<State>): void => {
    this.state = { ...this.state, ...change };
    for (const call of this.watchers) call();
  };

  // --- Coming and going ------------------------------------------------------------------------

  async open(): Promise<void> {
    this.set({ phase: "loading" });
    try {
      const [catalogue, journey] = await Promise.all([this.api.catalogue(), this.api.journey()]);
      this.keeping.journey = journey.id;
      this.keeping.person = this.api.person;
      this.set({ canEdit: this.state.canEdit && journey.may_edit !== false });
      const left = this.state.canEdit ? await this.collect() : [];
      this.begin(catalogue, left.some((one) => one.sent) ? await this.api.journey() : journey);
      for (const one of left) this.takeOver(one);
      await this.count();
    } catch (error) {
      this.set({ phase: "failed", failure: reason(error) });
    }
  }

  private begin(catalogue: Catalogue, given: Journey): void {
    const journey = { ...given, document: sound(given.document) };
    const types = new Map(catalogue.types.map((one) => [one.type, one]));
    const document = dressed(journey.document, types);
    this.invented = missingPlaces(journey.document, document);
    const problems = errorsFirst(journey.problems);
    this.queue?.close();
    this.queue = new SaveQueue(
      {
        send: this.api.send,
        since: this.api.since,
        load: this.api.journey,
        later: this.around.later,
        keep: (pending) => this.keeping.keep(pending),
        state: (save) => this.set({ save }),
        problems: (found) => this.found(errorsFirst(found)),
        merged: (fresh, what) => this.merged(fresh, what),
      },
      journey.rev,
      journey.document,
      journey.saved_at,
      this.client,
    );
    const save: SaveState = { kind: "saved", at: journey.saved_at };
    this.set({
      phase: "ready", catalogue, types, journey, document, problems, save, history: EMPTY,
      selected: new Set(), selectedEdges: new Set(), mode: "draft", past: null, conflicts: [],
    });
  }

  /** Most edits leave the problems as they were: whoever steps through them stays at theirs. */
  private found(problems: Problem[]): void {
    if (!same(problems, this.get().problems)) this.set({ problems, problem: 0 });
  }

  /** Edits that closed tabs could not send any more. What may have arrived is sent once more. */
  private async collect(): Promise<Left[]> {
    const found = await this.keeping.orphans(this.around.alive ?? (async () => null));
    const left: Left[] = [];
    for (const { key, kept } of found) {
      if (kept) {
        const one = await this.resend(key, kept).catch(() => null);
        if (one) left.push(one);
      } else {
        this.keeping.drop(key);
        this.set({ message: t("together.unreadable") });
      }
    }
    return left;
  }

  private async resend(key: string, kept: Kept): Promise<Left> {
    let ops = kept.waiting;
    let sent: readonly Op[] = [];
    let crossed: Told[] = [];
    if (kept.flying) {
      try {
        crossed = await this.crossed(kept.flying, await this.api.send(kept.flying));
        sent = kept.flying.ops;
      } catch (error) {
        if (!(error instanceof Refused) || error.status !== 409) throw error;
        ops = [...kept.flying.ops, ...ops]; // it does not fit any more: what does will
      }
    }
    const base = ops.length ? await this.api.past(kept.base).catch(() => null) : null;
    const document = base && applyWhatFits(base.document, sent).document;
    return { key, ops, base: document, sent: sent.length > 0, crossed };
  }

  /** What others had changed when a batch of a closed tab came in on top. */
  private async crossed(batch: Batch, { since = [] }: Saved): Promise<Told[]> {
    if (since.length === 0) return [];
    const base = await this.api.past(batch.base).catch(() => null);
    if (!base) return [];
    const under = applyWhatFits(base.document, since.flatMap((edit) => edit.ops)).document;
    const by = since.at(-1)?.person.name ?? "";
    return rebase(base.document, under, batch.ops).conflicts.map((one) => ({ ...one, by }));
  }

  private takeOver({ key, ops, base, sent, crossed }: Left): void {
    const { document } = this.state;
    const found = rebase(base ?? document, document, ops);
    this.edit({ label: t("together.kept_label"), ops: found.ops });
    this.keeping.drop(key);
    this.addConflicts(crossed, crossed[0]?.by ?? "");
    this.addConflicts(found.conflicts, "");
    if (found.ops.length > 0 || sent) this.set({ message: t("together.back") });
  }

  count = async (): Promise<void> => {
    const live = this.state.journey.live;
    if (!live) return;
    try {
      const counts = await this.api.counts();
      const none = live.document.nodes.map(({ id }) => [id, { in: 0, waiting: 0, handles: {} }] as const);
      const nodes = { ...Object.fromEntries(none), ...counts.nodes };
      if (!same(this.state.counts.nodes, nodes)) this.set({ counts: { ...counts, nodes } });
    } catch {
      // Counters are only shown; the next round asks again.
    }
  };

  retry = (): void => this.queue?.retry();
  flush = async (): Promise<boolean> => (await this.queue?.flush()) ?? true;

  /** Someone says that the draft has this revision now. */
  heard = (rev: number): void => this.queue?.heard(rev);

  /** The last word before the page goes; what cannot be sent stays kept for the next visit. */
  close = async (): Promise<void> => {
    await this.flush();
    this.queue?.close();
    this.keeping.leave();
  };

  /** The page goes now: what could not be sent is kept for whoever opens the journey next. */
  leave = (): void => {
    this.left = true;
    this.keeping.leave();
  };

  /** The person has signed out: nothing of theirs is kept here, and nothing is sent. */
  abandon = (): void => {
    this.left = true;
    this.queue?.close();
    this.keeping.forget();
  };

  get unsaved(): number {
    return this.left ? 0 : (this.queue?.pending ?? 0);
  }

  // --- Others ------------------------------------------------------------------------------------

  private merged(document: JourneyDocument, { theirs, known, conflicts, renamed }: Merged): void {
    const ids = new Set([...document.nodes, ...(document.ui?.notes ?? [])].map((n) => n.id));
    const selected = [...this.state.selected].map((id) => renamed.get(id) ?? id);
    const ops = theirs.flatMap((edit) => edit.ops);
    const history = renames(this.state.history, renamed);
    const placed = dressed(document, this.state.types);
    this.invented = missingPlaces(document, placed);
    this.set({
      document: placed,
      selected: new Set(selected.filter((id) => ids.has(id))),
      history: noticed(history, changes(ops, known, this.state.document, document)),
    });
    this.addConflicts(conflicts, theirs.at(-1)?.person.name ?? "");
  }

  private addConflicts(found: readonly Conflict[], by: string): void {
    if (found.length === 0) return;
    const known = new Set(found.map((one) => one.id));
    const others = this.state.conflicts.filter((one) => !known.has(one.id));
    const conflicts = [...others, ...found.map((one) => ({ ...one, by }))];
    this.set({ conflicts, message: t("together.conflict_now", { count: conflicts.length }) });
  }

  /** Settles a conflict: with our value, or with theirs. */
  settle = (id: string, choice: "keep" | "take"): void => {
    const one = this.state.conflicts.find((conflict) => conflict.id === id);
    if (!one) return;
    const { document, kept } = applyWhatFits(this.state.document, one[choice]);
    const label = t(choice === "keep" ? "together.keep_label" : "together.take_label", { title: one.title });
    if (!same(document, this.state.document)) this.edit({ label, ops: kept });
    this.set({ conflicts: this.state.conflicts.filter((conflict) => conflict.id !== id) });
  };

  // --- Editing ---------------------------------------------------------------------------------

  get editable(): boolean {
    return this.state.phase === "ready" && this.state.mode === "draft" && this.state.canEdit;
  }

  edit = (given: Edit): void => {
    const { document, history } = this.state;
    const edit = byName(document, given);
    if (!this.editable || edit.ops.length === 0) return;
    this.set({ ...record(document, history, edit, this.around.now()) });
    this.queue?.push([...this.invented, ...edit.ops], edit.label);
    this.invented = [];
  };

  undo = (): void => this.step(undo, "together.undone");
  redo = (): void => this.step(redo, "together.redone");

  private step(go: typeof undo, word: "together.undone" | "together.redone"): void {
    if (!this.editable) return;
    const { document, history } = this.state;
    const label = (go === undo ? history.done : history.undone).at(-1)?.label ?? "";
    const next = go(document, history);
    if (!next) return;
    const ids = new Set(next.document.nodes.map((n) => n.id));
    const selected = new Set([...this.state.selected].filter((id) => ids.has(id)));
    const partly = next.ops.length ? "together.undone_partly" : "together.not_undone";
    const message = t(next.whole ? word : partly, { label });
    this.set({ document: next.document, history: next.history, selected, message });
    this.queue?.push(next.ops, message);
  }
}

interface Left {
  key: string;
  ops: Op[];
  base: JourneyDocument | null;
  sent: boolean;
  crossed: Told[];
}

function renames(history: History, names: ReadonlyMap<string, string>): History {
  if (names.size === 0) return history;
  const named = (entry: Entry): Entry => ({
    ...entry,
    ops: entry.ops.map((op) => withNames(op, names)),
    back: entry.back.map((op) => withNames(op, names)),
  });
  return { ...history, done: history.done.map(named), undone: history.undone.map(named) };
}

export function reason(error: unknown): string {
  if (error instanceof Refused) return error.message;
  return t(globalThis.navigator?.onLine === false ? "together.cut_off" : "together.silent");
}
