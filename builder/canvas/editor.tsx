/** The journey editor: palette, canvas, inspector and problem strip on one screen. */

import { ReactFlowProvider } from "@xyflow/react";
import { useEffect, useMemo, useState, useSyncExternalStore } from "react";

import "@xyflow/react/dist/base.css";
import "./css/frame.css";
import "./css/controls.css";
import "./css/panels.css";
import "./css/outline.css";
import "./css/phone.css";
import "./css/node.css";
import "./css/decor.css";
import "./css/canvas.css";
import "./css/form.css";
import "./css/liquid.css";
import "./css/inspector.css";
import "./css/arrange.css";
import "./css/history.css";
import "./css/trying.css";
import "./css/commands.css";
import "./css/conditions.css";
import "./css/texts.css";
import "./css/together.css";

import { Api } from "./state/api";
import { EditorStore } from "./state/store";
import { ourselves } from "./together/here";
import { Canvas } from "./view/canvas";
import { StoreContext, useEditor, useSlice, useStore } from "./view/context";
import { Inspector } from "./view/inspector";
import { useKeys } from "./view/keys";
import { Outline } from "./view/outline_view";
import { Palette, Unfold } from "./view/palette";
import { OVERLAYS } from "./view/parts";
import { PhoneBar } from "./view/phone";
import { Published } from "./view/published";
import { Strip } from "./view/strip";
import { Icon } from "./view/icons";
import { TopBar } from "./view/top_bar";
import { language, t } from "./words";
import { begin, renew } from "./words/choice";

export interface JourneyEditorProps {
  slug: string;
  colorMode?: "light" | "dark" | string;
  /** The studio says by itself who may; this takes it away from everybody. */
  canEdit?: boolean;
}

const COUNT_EVERY = 5_000; // milliseconds between two looks at the counters

export function JourneyEditor({ slug, colorMode, canEdit = true }: JourneyEditorProps) {
  const store = useMemo(() => {
    const around = { now: Date.now, later, storage: storage(), ...ourselves() };
    return new EditorStore(slug, new Api(slug), around, canEdit);
  }, [slug, canEdit]);
  const spoken = useLanguage(store);
  useVisit(store);
  const dark = colorMode === "dark";
  return (
    <StoreContext.Provider value={store}>
      <ReactFlowProvider>
        <div className={dark ? "wj wj-dark" : "wj"} lang={spoken ?? undefined} data-testid="editor">
          {spoken ? <Screen key={spoken} dark={dark} /> : null}
        </div>
      </ReactFlowProvider>
    </StoreContext.Provider>
  );
}

export default JourneyEditor;

function Screen({ dark }: { dark: boolean }) {
  const store = useStore();
  const phase = useEditor((s) => s.phase);
  const failure = useEditor((s) => s.failure);
  const message = useEditor((s) => s.message);
  const phone = useNarrow("(max-width: 767px)");
  useKeys();
  if (phase === "loading") {
    return (
      <p className="wj-loading" role="status">
        {t("editor.opening")}
      </p>
    );
  }
  if (phase === "failed") {
    return (
      <div className="wj-failed" role="alert">
        <Icon name="circle-alert" size={20} />
        <h1>{t("editor.not_opened")}</h1>
        <p>{t("editor.nothing_lost", { why: failure })}</p>
        <button type="button" className="wj-button" onClick={() => void store.open()}>
          {t("editor.again")}
        </button>
        <a href="/">{t("editor.all")}</a>
      </div>
    );
  }
  return (
    <>
      <TopBar phone={phone} />
      {phone ? <PhoneBody dark={dark} /> : <DeskBody dark={dark} />}
      <Published />
      {OVERLAYS.map((Part, i) => (
        <Part key={i} />
      ))}
      <Message text={message} />
    </>
  );
}

function DeskBody({ dark }: { dark: boolean }) {
  const store = useStore();
  const panels = useEditor((s) => s.panels);
  const view = useEditor((s) => s.view);
  const mode = useEditor((s) => s.mode);
  const fold = (change: Partial<typeof panels>) => store.set({ panels: { ...panels, ...change } });
  const palette = panels.palette && mode === "draft";
  return (
    <div className="wj-body">
      {palette ? <Palette /> : null}
      <main className="wj-middle">
        {!palette && mode === "draft" ? <Unfold side="left" label={t("editor.show_palette")} onClick={() => fold({ palette: true })} /> : null}
        <Views />
        {view === "canvas" ? <Canvas dark={dark} /> : <div className="wj-outline-page"><Outline /></div>}
        {panels.inspector ? null : <Unfold side="right" label={t("editor.show_inspector")} onClick={() => fold({ inspector: true })} />}
        <Strip />
      </main>
      {panels.inspector ? <Inspector onClose={() => fold({ inspector: false })} /> : null}
    </div>
  );
}

function Views() {
  const store = useStore();
  const view = useEditor((s) => s.view);
  return (
    <div className="wj-switch wj-views" role="group" aria-label={t("editor.view")}>
      <button type="button" aria-pressed={view === "canvas"} onClick={() => store.set({ view: "canvas" })}>
        <Icon name="waypoints" size={12} /> {t("editor.canvas")}
      </button>
      <button type="button" aria-pressed={view === "outline"} data-testid="show-outline" onClick={() => store.set({ view: "outline" })}>
        <Icon name="list" size={12} /> {t("editor.outline")}
      </button>
    </div>
  );
}

function PhoneBody({ dark }: { dark: boolean }) {
  const store = useStore();
  const selected = useEditor((s) => s.selected);
  const [sheet, setSheet] = useState<"none" | "add" | "settings" | "canvas">("none");
  const open = selected.size > 0 && sheet !== "add";
  const close = () => {
    setSheet(sheet === "canvas" ? "canvas" : "none");
    store.select([]);
  };
  return (
    <div className="wj-phone">
      {sheet === "canvas" ? <Canvas dark={dark} phone /> : <main className="wj-outline-page"><Outline /></main>}
      {open || sheet === "settings" ? (
        <div className="wj-sheet">
          <Inspector onClose={close} />
        </div>
      ) : null}
      {sheet === "add" ? (
        <div className="wj-sheet">
          <Palette onAdded={() => setSheet("none")} />
        </div>
      ) : null}
      <Strip />
      <PhoneBar sheet={sheet} setSheet={setSheet} />
    </div>
  );
}

function Message({ text }: { text: string }) {
  const [shown, setShown] = useState("");
  useEffect(() => {
    setShown(text);
    const timer = setTimeout(() => setShown(""), 4_000);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div className="wj-message" role="status" data-shown={shown !== "" || undefined}>
      {shown}
    </div>
  );
}

/** Opens the journey, keeps its counters fresh, and sends what waits before the page goes. */
function useVisit(store: EditorStore): void {
  useEffect(() => {
    void store.open();
    const counting = setInterval(() => {
      if (document.visibilityState === "visible") void store.count();
    }, COUNT_EVERY);
    const online = () => store.retry();
    const hidden = () => {
      if (document.visibilityState === "hidden") void store.flush();
    };
    const leaving = (event: BeforeUnloadEvent) => {
      if (store.unsaved > 0) event.preventDefault();
    };
    window.addEventListener("online", online);
    window.addEventListener("beforeunload", leaving);
    document.addEventListener("visibilitychange", hidden);
    return () => {
      clearInterval(counting);
      window.removeEventListener("online", online);
      window.removeEventListener("beforeunload", leaving);
      document.removeEventListener("visibilitychange", hidden);
      void store.close();
    };
  }, [store]);
}

/**
 * The language of the editor, as chosen here before or in the browser; null until its words are
 * there. Names that come from the studio are asked for again when another is chosen.
 */
function useLanguage(store: EditorStore): string | null {
  const [ready, setReady] = useState(false);
  const code = useSlice(language, (now) => now.code);
  useEffect(() => {
    void begin(storage(), navigator.languages).then(() => setReady(true));
  }, []);
  useEffect(() => {
    if (ready) void renew(store);
  }, [store, code, ready]);
  return ready ? code : null;
}

function useNarrow(query: string): boolean {
  const media = useMemo(() => window.matchMedia(query), [query]);
  return useSyncExternalStore(
    (call) => {
      media.addEventListener("change", call);
      return () => media.removeEventListener("change", call);
    },
    () => media.matches,
    () => false,
  );
}

function later(ms: number, call: () => void): () => void {
  const timer = setTimeout(call, ms);
  return () => clearTimeout(timer);
}

function storage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null; // shut by the browser's settings: edits are kept in memory only
  }
}
