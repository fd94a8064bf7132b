/** Being here: the stream is open while the page is seen, and a new release loads the page anew. */

import { useEffect } from "react";

import type { Surroundings } from "../state/state";
import { newClient } from "../state/keeping";
import { useStore } from "../view/context";
import { followFocus } from "./at_field";
import { attend, pipe } from "./leaving";
import { holdOpen, openEditors } from "./open";
import { together } from "./people";
import { Release } from "./release";

const PAUSE = 3_000; // milliseconds without a key after which nobody is typing

export function Here() {
  const store = useStore();
  useEffect(() => {
    let stop: (() => void) | null = null;
    const look = () => {
      const seen = document.visibilityState === "visible"; // a browser has few connections to give
      if (seen && !stop) stop = together(store).begin();
      if (!seen) {
        stop?.();
        stop = null;
      }
    };
    look();
    document.addEventListener("visibilitychange", look);
    const leave = () => store.leave();
    window.addEventListener("pagehide", leave);
    return () => {
      document.removeEventListener("visibilitychange", look);
      window.removeEventListener("pagehide", leave);
      stop?.();
    };
  }, [store]);
  useEffect(() => followFocus(document, (field) => together(store).focus(field)), [store]);
  useEffect(() => {
    const channel = pipe();
    if (!channel) return;
    attend(store, channel, {
      session: session(),
      settle: () => (document.activeElement as HTMLElement | null)?.blur(),
      leave: () => window.location.assign("/login"),
    });
    return () => channel.close();
  }, [store]);
  useEffect(() => {
    let touched = 0;
    const touch = () => {
      touched = performance.now();
    };
    const kinds = ["keydown", "pointerdown", "pointermove", "input"] as const;
    for (const kind of kinds) window.addEventListener(kind, touch, true);
    const stop = new Release(store, {
      busy: () => performance.now() - touched < PAUSE || document.querySelector("dialog[open]") !== null,
      reload: () => window.location.reload(),
      later: (ms, call) => {
        const timer = setTimeout(call, ms);
        return () => clearTimeout(timer);
      },
      session: session(),
    }).begin();
    return () => {
      for (const kind of kinds) window.removeEventListener(kind, touch, true);
      stop();
    };
  }, [store]);
  return null;
}

function session(): Storage | null {
  try {
    return window.sessionStorage;
  } catch {
    return null; // shut by the browser's settings: the page is not loaded anew by itself
  }
}

/** The name of this open editor, and who of the others is still open. */
export function ourselves(): Pick<Surroundings, "client" | "alive"> {
  const client = newClient();
  holdOpen(client);
  const alive = async (other: string) => (await openEditors())?.includes(other) ?? null; // else the time tells
  return { client, alive };
}
