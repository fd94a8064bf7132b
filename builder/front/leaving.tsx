// Signing out: what is not saved yet goes up first. What cannot go is told, and the person chooses.
// Without scripts the plain form signs out by itself.
import { useCallback, useEffect, useRef, useState } from "react";

import { asFile, forgetPins, pipe, sendAll, type Unsent, type Word } from "../canvas/together/leaving";
import { openEditors } from "../canvas/together/open";
import { isRecord } from "../canvas/model/types";
import type { Batch } from "../canvas/state/keeping";
import { tr } from "./words";

const NAME = "wayline-unsent.json";
const PERSON = "x-wayline-person"; // as in ../canvas/state/api.ts, which brings the words of the editor along

export function Leaving() {
  const [unsent, setUnsent] = useState<readonly Unsent[] | null>(null);
  const [wrong, setWrong] = useState(false);
  const busy = useRef(false);
  const origin = useRef<HTMLElement | null>(null);
  const person = useRef(""); // whose session it is; empty when it is over

  const leave = useCallback(async () => {
    const answer = await fetch("/logout", { method: "POST", credentials: "same-origin" }).catch(() => null);
    if (!answer?.ok) return setWrong(true);
    const channel = pipe();
    channel?.postMessage({ kind: "gone", person: person.current } satisfies Word);
    channel?.close();
    forgetPins(shelf("sessionStorage"));
    location.assign("/login");
  }, []);

  const begin = useCallback(async () => {
    person.current = await whoami();
    const channel = pipe();
    const found = await sendAll({ person: person.current, shelf: shelf("localStorage"), now: Date.now, later, pipe: channel, open: openEditors, send, label: tr("what was kept before signing out") })
      // Whatever is wrong with what is kept here: the person is told, and can still sign out.
      .catch((error: unknown) => console.error(error))
      .finally(() => channel?.close());
    if (!found) setUnsent([]);
    else if (found.length > 0) setUnsent(found);
    else await leave();
  }, [leave]);

  useEffect(() => {
    const submitted = (event: SubmitEvent) => {
      const form = event.target;
      if (!(form instanceof HTMLFormElement) || new URL(form.action).pathname !== "/logout") return;
      event.preventDefault();
      if (busy.current) return;
      busy.current = true;
      setWrong(false);
      origin.current = document.activeElement as HTMLElement | null;
      void begin().finally(() => {
        busy.current = false;
      });
    };
    const channel = pipe();
    if (channel) {
      channel.onmessage = ({ data }) => {
        if (data.kind !== "gone") return;
        forgetPins(shelf("sessionStorage"));
        location.assign("/login"); // signed out in another tab
      };
    }
    document.addEventListener("submit", submitted);
    return () => {
      document.removeEventListener("submit", submitted);
      channel?.close();
    };
  }, [begin]);

  const stay = () => {
    setUnsent(null);
    setWrong(false);
    origin.current?.focus();
  };
  if (!unsent && !wrong) return null;
  return <Question unsent={unsent ?? []} wrong={wrong} onStay={stay} onDiscard={() => void discard(unsent ?? []).then(leave)} />;
}

interface Asked {
  unsent: readonly Unsent[];
  wrong: boolean;
  onStay: () => void;
  onDiscard: () => void;
}

function Question({ unsent, wrong, onStay, onDiscard }: Asked) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const count = unsent.reduce((sum, one) => sum + one.count, 0);
  const names = [...new Set(unsent.map((one) => one.slug))].join(", ");
  return (
    <dialog ref={dialog} className="wl-dialog wl-leaving" aria-labelledby="leaving-title" onCancel={onStay} data-testid="leaving">
      <h2 id="leaving-title">{wrong ? tr("You are still signed in") : tr("Some changes are not saved")}</h2>
      <p role={wrong ? "alert" : undefined}>
        {wrong
          ? tr("Wayline does not answer. Try again in a moment.")
          : count === 0
            ? tr("Wayline could not see whether changes are still kept in this browser. If you sign out, those that are not saved may be lost.")
            : count === 1
              ? tr("A change in {names} could not be sent. If you sign out without it, it is gone from this browser.", { names })
              : tr("{count} changes in {names} could not be sent. If you sign out without them, they are gone from this browser.", { count, names })}
      </p>
      <div className="wl-dialog-end">
        {wrong ? null : (
          <>
            <button type="button" className="wl-btn danger" onClick={onDiscard}>
              {tr("Discard and sign out")}
            </button>
            {count > 0 ? (
              <a className="wl-btn" download={NAME} href={`data:application/json;charset=utf-8,${encodeURIComponent(asFile(unsent))}`}>
                {tr("Download them")}
              </a>
            ) : null}
          </>
        )}
        <button type="button" className="wl-btn primary" autoFocus onClick={onStay}>
          {tr("Stay signed in")}
        </button>
      </div>
    </dialog>
  );
}

async function whoami(): Promise<string> {
  const asked = { credentials: "same-origin", signal: AbortSignal.timeout(5_000) } as const;
  const answer = await fetch("/studio/journeys", asked).catch(() => null);
  return answer?.headers.get(PERSON) ?? "";
}

async function discard(unsent: readonly Unsent[]): Promise<void> {
  for (const { key } of unsent) shelf("localStorage")?.removeItem(key);
}

async function send(slug: string, batch: Batch, person: string): Promise<{ rev: number } | "other" | "failed"> {
  const headers = { "Content-Type": "application/json", ...(person ? { [PERSON]: person } : {}) };
  const path = `/studio/journeys/${encodeURIComponent(slug)}/ops`;
  const asked = { method: "POST", headers, body: JSON.stringify(batch), credentials: "same-origin", signal: AbortSignal.timeout(10_000) } as const;
  const answer = await fetch(path, asked).catch(() => null);
  if (answer?.status === 401) return "other";
  const saved: unknown = answer?.ok ? await answer.json().catch(() => null) : null;
  return isRecord(saved) && typeof saved.rev === "number" ? { rev: saved.rev } : "failed";
}

function later(ms: number, call: () => void): () => void {
  const timer = setTimeout(call, ms);
  return () => clearTimeout(timer);
}

function shelf(name: "localStorage" | "sessionStorage"): Storage | null {
  try {
    return window[name];
  } catch {
    return null; // shut by the browser's settings: nothing is kept there
  }
}
