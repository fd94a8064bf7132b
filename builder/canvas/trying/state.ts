/** Trying a journey: what it is tried with, what came of it, and the marks over the canvas. */

import { isRecord } from "../model/types";
import { decor } from "../state/decor";
import { dressed } from "../state/geometry";
import { perStore } from "../state/feature";
import { Slice } from "../state/slice";
import { reason, type EditorStore, type State } from "../state/store";
import { shown } from "../view/context";
import { openTab } from "../view/tabs";
import { language, t } from "../words";
import { asJson, givenBy, readJson } from "./given";
import { linesOf, lastVisit, marks, outputsBefore } from "./path";
import { PinStore, sent, withSample } from "./pins";
import type { Asked, Given, PastRun, Pin, Pins, Replay, Sample, SampleTrigger, Samples, Tried, TriedStep } from "./types";
import { markWords } from "./wording";

export type Target = { kind: "all" } | { kind: "until" | "only"; node: string };

export interface TryState {
  samples: Samples | null;
  trigger: string;
  sample: string;
  given: Given;
  /** The text of `given` while it is edited as JSON, also when it is wrong. */
  text: string | null;
  people: Samples["customers"];
  busy: boolean;
  failure: string;
  tried: Tried | null;
  target: Target;
  /** The document it was tried with: a later edit makes the result an old one. */
  document: State["document"] | null;
  /** How many steps are marked; fewer than all while the dot runs. */
  marked: number;
  /** The step that is looked at, by its place. */
  at: number | null;
  /** The line that the dot is on. */
  dot: { lines: string[]; step: number } | null;
  pins: Pins;
  view: "test" | "runs" | "people";
  runs: PastRun[] | null;
  more: boolean;
  replay: PastRun | null;
}

const EMPTY: TryState = {
  samples: null, trigger: "", sample: "", given: { properties: {}, customer: null }, text: null, people: [],
  busy: false, failure: "", tried: null, target: { kind: "all" }, document: null, marked: 0, at: null, dot: null,
  pins: {}, view: "test", runs: null, more: false, replay: null,
};
const PAGE = 20; // past runs of one request
const LAYER = "try";

export class Trying {
  readonly slice: Slice<TryState>;
  private readonly pins: PinStore;
  private asked = 0;
  private searching = 0;
  private drawn: unknown[] = [];
  /** Whether the canvas is there to show the dot: the outline and a phone have none. */
  private watched = false;

  constructor(private readonly store: EditorStore) {
    this.pins = new PinStore(`${store.api.person}.${store.slug}`); // each person's own
    this.slice = new Slice({ ...EMPTY, pins: this.pins.load() });
    this.slice.watch(this.mark);
    language.watch(() => {
      if (this.get().samples) void this.load(); // their names come in the other language now
    });
    let before = store.get().mode;
    store.watch(() => {
      const { mode } = store.get();
      if (before === "past" && mode !== "past" && this.slice.get().replay) this.close();
      else this.mark();
      before = mode;
    });
  }

  get = (): TryState => this.slice.get();

  /** Opens the panel for trying, of the selected node or of the journey. */
  open(view: TryState["view"] = "test"): void {
    const { panels } = this.store.get();
    this.store.set({ panels: { ...panels, inspector: true } });
    openTab(this.store).set({ tab: "try" });
    this.slice.set({ view });
    if (view === "test") void this.load();
    else if (view === "runs") void this.list();
  }

  // --- What it is tried with ---------------------------------------------------------------------

  /** Fetches what there is to try with; a choice that was made stays. */
  async load(): Promise<void> {
    if (!this.store.get().canEdit) return;
    try {
      await this.store.flush(); // so that the server knows a trigger that was just added
      const samples = await this.store.api.get<Samples>(`${this.store.api.root}/samples`);
      this.slice.set({ samples, people: samples.customers, failure: "" });
      const { trigger } = this.get();
      if (!samples.triggers.some((one) => one.node === trigger)) this.choose(samples.triggers[0]);
    } catch (error) {
      this.slice.set({ failure: reason(error) });
    }
  }

  choose(trigger: SampleTrigger | undefined, sample?: Sample): void {
    const taken = sample ?? trigger?.samples.find((one) => one.fits === null) ?? trigger?.samples[0];
    const given = taken ? givenBy(taken) : { properties: {}, customer: null };
    this.slice.set({ trigger: trigger?.node ?? "", sample: taken?.id ?? "", given, text: null });
    this.hold(withSample(this.get().pins, taken?.pins));
  }

  give(given: Given): void {
    this.slice.set({ given, ...(this.get().text === null ? {} : { text: asJson(given) }) });
  }

  type(text: string): void {
    const read = readJson(text);
    this.slice.set({ text, ...(read.ok ? { given: read.given } : {}) });
  }

  /** Looks for customers by name or address. */
  async find(words: string): Promise<void> {
    const asked = ++this.searching;
    try {
      const search = encodeURIComponent(words.trim());
      const found = await this.store.api.get<Samples>(`${this.store.api.root}/samples?search=${search}`);
      if (asked === this.searching) this.slice.set({ people: found.customers });
    } catch (error) {
      this.slice.set({ failure: reason(error) });
    }
  }

  // --- Running ------------------------------------------------------------------------------------

  async run(target: Target = { kind: "all" }): Promise<void> {
    if (!this.get().samples) await this.load();
    const { samples, trigger, given, text, pins, tried } = this.get();
    if (text !== null && !readJson(text).ok) return this.slice.set({ failure: t("try.mend_first") });
    if (this.store.get().mode === "past") this.store.set({ mode: "draft", past: null });
    const document = shown(this.store.get());
    const event = samples?.triggers.find((one) => one.node === trigger)?.event ?? "";
    const body: Asked = { document, trigger, event: { name: event, ...pick(given) }, customer: given.customer, pins: sent(pins) };
    if (target.kind === "until") body.until = target.node;
    if (target.kind === "only") body.only = { node: target.node, steps: outputsBefore(tried?.steps ?? [], pins, target.node) };
    const asked = ++this.asked;
    this.slice.set({ busy: true, failure: "", target });
    try {
      const found = await this.store.api.post<Tried>(`${this.store.api.root}/try`, body);
      if (asked !== this.asked) return;
      this.show(target.kind === "only" ? joined(tried, found) : found, target);
      this.slice.set({ document, replay: null });
      this.store.set({ message: this.saying(found) });
    } catch (error) {
      if (asked === this.asked) this.slice.set({ failure: reason(error) });
    } finally {
      if (asked === this.asked) this.slice.set({ busy: false });
    }
  }

  again = (): Promise<void> => this.run(this.get().target);

  private saying(found: Tried): string {
    const [end] = found.ends;
    return end ? t("try.said", { count: found.steps.length, end: t(`try.end_${end.status}`) }) : "";
  }

  private show(tried: Tried, target: Target): void {
    const wanted = target.kind === "all" ? null : target.node;
    const still = wanted !== null || !this.watched || matchMedia("(prefers-reduced-motion: reduce)").matches;
    const last = wanted === null ? -1 : lastVisit(tried.steps, wanted);
    const at = last === -1 ? null : last; // of a whole path no step is looked at before one is chosen
    this.slice.set({ tried, at, marked: still ? tried.steps.length : 0, dot: null });
    if (wanted !== null && last !== -1) this.store.select([wanted]);
    if (!still) this.travel(0);
  }

  /** The canvas comes or goes; what it cannot show any more is marked at once. */
  watch(there: boolean): void {
    this.watched = there;
    if (!there && this.get().dot) this.skip();
  }

  /** Sends the dot on from this step; the view tells when it has arrived. */
  travel(step: number): void {
    const { tried } = this.get();
    const steps = tried?.steps ?? [];
    const one = steps[step];
    if (!one) return this.skip();
    const lines = linesOf(shown(this.store.get()), one);
    this.slice.set({ marked: step + 1, dot: { lines, step } });
    if (lines.length === 0) this.travel(step + 1);
  }

  /** The whole path at once. */
  skip = (): void => {
    const steps = this.get().tried?.steps ?? [];
    this.slice.set({ dot: null, marked: steps.length });
  };

  // --- Looking ------------------------------------------------------------------------------------

  /** Looks at a step: its node is selected and moved into sight. */
  go(place: number): void {
    const steps = this.get().tried?.steps ?? [];
    const at = Math.max(0, Math.min(steps.length - 1, place));
    const step = steps[at];
    if (!step) return;
    const marked = this.get().replay ? at + 1 : steps.length;
    this.slice.set({ at, marked, dot: null });
    if (!shown(this.store.get()).nodes.some((n) => n.id === step.node)) return;
    this.store.select([step.node]);
    this.store.set({ reveal: [step.node] });
  }

  /** Takes the marks away. */
  close = (): void => {
    const { replay } = this.get();
    this.asked += 1;
    this.slice.set({ tried: null, at: null, marked: 0, dot: null, replay: null, failure: "", busy: false, document: null });
    if (replay && this.store.get().mode === "past") this.store.set({ mode: "draft", past: null });
  };

  // --- Pins ---------------------------------------------------------------------------------------

  pin(node: string, pin: Pin | null): void {
    const { [node]: _, ...others } = this.get().pins;
    if (!pin) return this.hold(others);
    const { sample: __, ...own } = pin; // what a person has changed stays when another event is chosen
    this.hold({ ...others, [node]: own });
  }

  private hold(pins: Pins): void {
    this.slice.set({ pins });
    this.pins.save(pins);
  }

  // --- Past runs ----------------------------------------------------------------------------------

  async list(further = false): Promise<void> {
    const known = further ? (this.get().runs ?? []) : [];
    const before = known.at(-1)?.id;
    try {
      const query = `?limit=${PAGE}${before ? `&before=${encodeURIComponent(before)}` : ""}`;
      const { runs } = await this.store.api.get<{ runs: PastRun[] }>(`${this.store.api.root}/runs${query}`);
      this.slice.set({ runs: [...known, ...runs], more: runs.length === PAGE, failure: "" });
    } catch (error) {
      this.slice.set({ failure: reason(error) });
    }
  }

  async replay(run: PastRun): Promise<void> {
    const asked = ++this.asked;
    this.slice.set({ busy: true, failure: "" });
    try {
      const found = await this.store.api.get<Replay>(`${this.store.api.root}/runs/${encodeURIComponent(run.id)}`);
      if (asked !== this.asked) return;
      const { document: bare, ...tried } = found;
      const document = dressed(bare, this.store.get().types);
      this.store.select([]);
      this.store.set({ mode: "past", past: document });
      this.slice.set({ replay: run, tried, document, dot: null, marked: 0, at: null, target: { kind: "all" } });
      this.go(0);
    } catch (error) {
      if (asked === this.asked) this.slice.set({ failure: reason(error) });
    } finally {
      if (asked === this.asked) this.slice.set({ busy: false });
    }
  }

  /** Takes the event and the customer of the run that is shown, and tries the draft with them. */
  async tryEvent(): Promise<void> {
    const { replay, tried } = this.get();
    const first = tried?.steps[0];
    if (!replay || !first) return;
    const { properties } = first.input.event ?? {};
    this.close();
    this.slice.set({ view: "test" });
    await this.load();
    const { samples } = this.get();
    const trigger = samples?.triggers.find((one) => one.node === first.node) ?? samples?.triggers[0];
    const given: Given = { properties: isRecord(properties) ? properties : {}, customer: replay.customer };
    this.slice.set({ trigger: trigger?.node ?? "", sample: "", given, text: null });
    this.hold(withSample(this.get().pins));
    this.store.select([]);
    await this.run();
  }

  private mark = (): void => {
    const { tried, marked, at, pins, replay } = this.get();
    const state = this.store.get();
    const { nodes, edges } = shown(state);
    const now: unknown[] = [tried, marked, at, pins, replay, state.mode, state.types, nodes, edges];
    if (now.every((one, i) => Object.is(one, this.drawn[i]))) return;
    this.drawn = now;
    const own = state.mode === "past" ? {} : pins;
    const foreign = state.mode === "past" && !replay;
    const nothing = (!tried || tried.steps.length === 0) && Object.keys(own).length === 0;
    if (nothing || foreign) return decor(this.store).put(LAYER, null);
    decor(this.store).put(LAYER, marks(shown(state), state.types, tried?.steps ?? [], marked, at, own, markWords(), tried?.waiting));
  };
}

/** One step alone takes the place of the same step in the path that was tried before. */
function joined(before: Tried | null, found: Tried): Tried {
  const [fresh] = found.steps;
  const place = before && fresh ? lastVisit(before.steps, fresh.node) : -1;
  if (!before || !fresh || place === -1) return found;
  const steps: TriedStep[] = before.steps.slice(0, place + 1);
  const old = steps[place];
  steps[place] = { ...fresh, n: place + 1, at: old?.at ?? fresh.at, waited: old?.waited ?? fresh.waited };
  return { ...found, steps };
}

function pick({ properties }: Given): Pick<Given, "properties"> {
  return { properties };
}

export const trying = perStore((store) => new Trying(store));
