/** For how many of the latest customers or events a condition is true, asked when nobody types. */

import { useEffect, useState } from "react";

import { pathsIn, unfinished, type Condition } from "../model/conditions";
import { entryEvents, type PathScope } from "../model/variables";
import { t } from "../words";
import { numberWords } from "../model/condition_words";
import { useForm } from "./scope";

interface Answer {
  of: "customers" | "events";
  hits: number;
  total: number;
  /** There when it cannot be told before someone gets here. */
  why?: "steps" | null;
}

const QUIET = 500; // milliseconds without a change

export function Hits({ condition, scope }: { condition: Condition; scope: PathScope }) {
  const { doc, types, node } = useForm();
  const [found, setFound] = useState<{ key: string; answer: Answer } | null>(null);
  const own = doc.nodes.find((n) => n.id === node)?.config?.event;
  const events = scope === "arriving" && typeof own === "string" ? [own] : entryEvents(doc, types);
  const ready = !unfinished(condition) && !pathsIn(condition).some((path) => path.startsWith("steps."));
  const key = ready ? JSON.stringify({ condition, events }) : "";
  useEffect(() => {
    if (!key) return;
    const stop = new AbortController();
    const timer = setTimeout(() => void ask(key, stop.signal).then((answer) => answer && setFound({ key, answer })), QUIET);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [key]);
  const text = !key ? (unfinished(condition) ? "" : t("conditions.needsRun")) : found ? words(found.answer) : "";
  return (
    <span className="wj-hits" role="status" data-testid="condition-hits" data-old={(key !== "" && found?.key !== key) || undefined}>
      {text}
    </span>
  );
}

function words({ of, hits, total, why }: Answer): string {
  if (why) return t("conditions.needsRun");
  if (total === 0) return t(of === "events" ? "conditions.noEventsYet" : "conditions.noneYet");
  return t(of === "events" ? "conditions.hitsEvents" : "conditions.hits", { hits: numberWords(hits), of: numberWords(total) });
}

async function ask(body: string, signal: AbortSignal): Promise<Answer | null> {
  try {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch("/studio/condition", { method: "POST", headers, body, signal, credentials: "same-origin" });
    return answer.ok ? ((await answer.json()) as Answer) : null;
  } catch {
    return null; // it is only a help; the next change asks again
  }
}
