/**
 * The field for Liquid, HTML and JSON, on CodeMirror. A chunk of its own: loaded when the first such
 * field is used (`loading.ts`).
 */

import { acceptCompletion, autocompletion, completionKeymap, type CompletionResult } from "@codemirror/autocomplete";
import { standardKeymap } from "@codemirror/commands";
import { Annotation, Compartment, EditorState, RangeSetBuilder, StateEffect, StateField, Transaction, type Extension } from "@codemirror/state";
import { Decoration, EditorView, keymap, placeholder, tooltips, ViewPlugin, WidgetType, type DecorationSet, type ViewUpdate } from "@codemirror/view";

import type { Offers } from "./complete";
import { pieces, type TextProblem } from "./liquid";

export interface CodeOptions {
  parent: HTMLElement;
  text: string;
  multiline: boolean;
  attributes: { [name: string]: string };
  placeholder: string;
  /** Words for what stands in an output's braces; null: it is shown as Liquid. */
  words: (inner: string) => string | null;
  asLiquid: boolean;
  offers: (text: string, at: number, asked: boolean) => Offers | null;
  onChange: (text: string) => void;
  /** The editor's own undo, as far as it is about this field. */
  undo: () => void;
  redo: () => void;
}

export interface CodeField {
  set: (text: string) => void;
  get: () => string;
  /** Put in for what is selected; `select` is what is selected of it afterwards. */
  insert: (text: string, select?: readonly [number, number]) => void;
  /** Put in as lines of its own: for what is selected, else below the cursor or the last such piece. */
  insertBlock: (
    make: (selected: string) => { text: string; select: readonly [number, number] },
    below: (text: string, at: number) => number,
  ) => void;
  show: (asLiquid: boolean) => void;
  describe: (attributes: { [name: string]: string }) => void;
  mark: (problems: readonly TextProblem[]) => void;
  focus: (from?: number, to?: number) => void;
  destroy: () => void;
}

const Outside = Annotation.define<boolean>();
const setProblems = StateEffect.define<readonly TextProblem[]>();

class Chip extends WidgetType {
  constructor(
    readonly text: string,
    readonly liquid: string,
  ) {
    super();
  }

  override eq(other: Chip): boolean {
    return other.text === this.text && other.liquid === this.liquid;
  }

  override toDOM(): HTMLElement {
    const chip = document.createElement("span");
    chip.className = "wj-chip";
    chip.textContent = this.text;
    chip.title = this.liquid;
    return chip;
  }

  override ignoreEvent(): boolean {
    return false;
  }
}

const TAG = Decoration.mark({ class: "wj-code-tag" });

/** Whether something from here to there is underlined: it cannot be mended behind a chip. */
function wrong(view: EditorView, from: number, to: number): boolean {
  let found = false;
  view.state.field(marks).between(from, to, () => {
    found = true;
    return false;
  });
  return found;
}

/** Chips over what is filled in; the one that the cursor was put into is Liquid again. */
function chips(words: CodeOptions["words"], asLiquid: boolean): Extension {
  const build = (view: EditorView): DecorationSet => {
    const made = new RangeSetBuilder<Decoration>();
    const text = view.state.doc.toString();
    const { head } = view.state.selection.main;
    for (const piece of pieces(text)) {
      const opened = view.hasFocus && head > piece.from && head < piece.to;
      const shown = asLiquid || opened || wrong(view, piece.from, piece.to);
      const said = piece.kind === "output" && piece.closed && !shown ? words(piece.inner) : null;
      const whole = text.slice(piece.from, piece.to);
      if (said === null || whole.includes("\n")) made.add(piece.from, piece.to, TAG);
      else made.add(piece.from, piece.to, Decoration.replace({ widget: new Chip(said, whole) }));
    }
    return made.finish();
  };
  const plugin = ViewPlugin.fromClass(
    class {
      decorations: DecorationSet;
      constructor(view: EditorView) {
        this.decorations = build(view);
      }
      update(update: ViewUpdate) {
        const marked = update.startState.field(marks) !== update.state.field(marks);
        if (update.docChanged || update.selectionSet || update.focusChanged || marked) this.decorations = build(update.view);
      }
    },
    {
      decorations: (own) => own.decorations,
      eventHandlers: {
        mousedown(event, view) {
          const chip = (event.target as HTMLElement).closest?.(".wj-chip");
          if (!chip) return false;
          event.preventDefault();
          view.focus();
          view.dispatch({ selection: { anchor: view.posAtDOM(chip) + 2 } });
          return true;
        },
      },
    },
  );
  const whole = EditorView.atomicRanges.of((view) => {
    const own = view.plugin(plugin)?.decorations ?? Decoration.none;
    return own.update({ filter: (_from, _to, value) => value.spec.widget !== undefined });
  });
  return [plugin, whole];
}

/** What is wrong is underlined where it stands. */
const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(before, transaction) {
    let now = before.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setProblems)) continue;
      const length = transaction.state.doc.length;
      const ranges = effect.value.flatMap((one) => {
        const [from, to] = [Math.min(one.from, length), Math.min(one.to, length)];
        return from < to ? [Decoration.mark({ class: `wj-code-${one.severity}` }).range(from, to)] : [];
      });
      now = Decoration.set(ranges, true);
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function completion(options: CodeOptions): Extension {
  const source = (context: { state: EditorState; pos: number; explicit: boolean }): CompletionResult | null => {
    const found = options.offers(context.state.doc.toString(), context.pos, context.explicit);
    if (!found) return null;
    return {
      from: found.from,
      to: found.to,
      filter: false,
      options: found.offers.map((offer) => ({
        label: offer.label,
        detail: offer.sample || undefined,
        type: offer.path ? "value" : "word",
        ...(offer.group ? { section: { name: offer.group } } : {}),
        apply: offer.apply,
      })),
    };
  };
  return [
    autocompletion({ override: [source], icons: false, defaultKeymap: false, interactionDelay: 0, tooltipClass: () => "wj-offers", maxRenderedOptions: 60 }),
    keymap.of([...completionKeymap.filter((binding) => binding.key !== "Enter"), { key: "Enter", run: acceptCompletion }]),
  ];
}

/** In a field of one line, line breaks that are pasted become spaces. */
const oneLine = EditorState.transactionFilter.of((transaction) => {
  if (!transaction.docChanged || transaction.newDoc.lines < 2) return transaction;
  const text = transaction.newDoc.toString().replace(/\s*\n\s*/g, " ");
  return [{ changes: { from: 0, to: transaction.startState.doc.length, insert: text }, selection: { anchor: text.length } }];
});

export function create(options: CodeOptions): CodeField {
  let used = false; // whether somebody has put the cursor somewhere
  let last: { from: number; to: number } | null = null; // the piece that was put in last
  const look = new Compartment();
  const about = new Compartment();
  const described = (attributes: { [name: string]: string }) => EditorView.contentAttributes.of(attributes);
  const history = (does: () => void) => () => {
    does();
    return true;
  };
  const state = EditorState.create({
    doc: options.text,
    selection: { anchor: options.text.length },
    extensions: [
      keymap.of([
        { key: "Mod-z", run: history(options.undo), preventDefault: true },
        { key: "Mod-y", run: history(options.redo), preventDefault: true },
        { key: "Mod-Shift-z", run: history(options.redo), preventDefault: true },
        ...(options.multiline ? [] : [{ key: "Mod-Enter", run: () => false }]),
      ]),
      completion(options),
      keymap.of(options.multiline ? standardKeymap : standardKeymap.filter((binding) => binding.key !== "Enter")),
      options.multiline ? EditorView.lineWrapping : oneLine,
      tooltips({ position: "fixed", parent: options.parent.closest<HTMLElement>("dialog, .wj") ?? document.body }),
      placeholder(options.placeholder),
      marks,
      look.of(chips(options.words, options.asLiquid)),
      about.of(described(options.attributes)),
      EditorView.domEventHandlers({
        beforeinput(event) {
          const does = { historyUndo: options.undo, historyRedo: options.redo }[event.inputType];
          if (!does) return false;
          event.preventDefault(); // from the browser's menu
          does();
          return true;
        },
      }),
      EditorView.updateListener.of((update) => {
        if (update.focusChanged && update.view.hasFocus) used = true;
        if (last) last = { from: update.changes.mapPos(last.from, -1), to: update.changes.mapPos(last.to, 1) };
        if (!update.docChanged || update.transactions.some((one) => one.annotation(Outside))) return;
        options.onChange(update.state.doc.toString());
      }),
    ],
  });
  const view = new EditorView({ state, parent: options.parent });
  const spot = () => (used ? view.state.selection.main : { from: view.state.doc.length, to: view.state.doc.length });
  return {
    get: () => view.state.doc.toString(),
    set: (text) => replaced(view, text),
    insert: (text, select = [text.length, text.length]) => {
      const { from, to } = spot();
      put(view, from, to, text, select);
    },
    insertBlock: (make, below) => {
      const { from, to } = spot();
      const own = last !== null && last.from <= from && to <= last.to; // its words are not chosen, only left selected
      const chosen = own ? "" : view.state.sliceDoc(from, to);
      const { text, select } = make(chosen);
      const end = chosen ? to : own && last ? last.to : below(view.state.doc.toString(), to);
      const start = chosen ? from : end;
      const before = !chosen && view.state.doc.lineAt(start).from < start ? "\n" : "";
      put(view, start, end, before + text, [select[0] + before.length, select[1] + before.length]);
      last = { from: start, to: start + before.length + text.length };
    },
    show: (asLiquid) => view.dispatch({ effects: look.reconfigure(chips(options.words, asLiquid)) }),
    describe: (attributes) => view.dispatch({ effects: about.reconfigure(described(attributes)) }),
    // A chip that opens for its problem is wider: the cursor of a single line would be pushed out of sight.
    mark: (problems) => view.dispatch({ effects: setProblems.of(problems), scrollIntoView: !options.multiline && view.hasFocus }),
    focus: (from, to) => {
      const length = view.state.doc.length;
      if (from !== undefined) {
        view.dispatch({ selection: { anchor: Math.min(from, length), head: Math.min(to ?? from, length) }, scrollIntoView: true });
      }
      view.focus();
    },
    destroy: () => view.destroy(),
  };
}

function put(view: EditorView, from: number, to: number, text: string, [start, end]: readonly [number, number]): void {
  view.dispatch({
    changes: { from, to, insert: text },
    selection: { anchor: from + start, head: from + end },
    scrollIntoView: true,
    userEvent: "input.paste",
  });
  view.focus();
}

/** Takes over a text from outside: only what differs is replaced, so that the cursor stays. */
function replaced(view: EditorView, text: string): void {
  const now = view.state.doc.toString();
  if (now === text) return;
  let start = 0;
  const least = Math.min(now.length, text.length);
  while (start < least && now[start] === text[start]) start++;
  let end = 0;
  while (end < least - start && now[now.length - 1 - end] === text[text.length - 1 - end]) end++;
  view.dispatch({
    changes: { from: start, to: now.length - end, insert: text.slice(start, text.length - end) },
    annotations: [Outside.of(true), Transaction.addToHistory.of(false)],
  });
}
