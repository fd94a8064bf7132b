/** How a node reads for the chosen customer, asked again while it is written. */

import { useEffect, useState } from "react";

import type { JourneyNode } from "../model/types";
import { reason } from "../state/store";
import { useSlice, useStore } from "../view/context";
import { askPreview, type Shown } from "./calls";
import { texts, whoOf } from "./state";

const QUIET = 400; // milliseconds without a key before it is asked

export interface Showing {
  shown: Shown | null;
  /** Why nothing could be asked. */
  failure: string;
  busy: boolean;
}

export function useShowing(node: JourneyNode): Showing {
  const store = useStore();
  const who = useSlice(texts(store), (s) => s.who);
  const [now, setNow] = useState<Showing>({ shown: null, failure: "", busy: true });
  const said = JSON.stringify([node.id, node.config ?? {}, whoOf(who)]);
  useEffect(() => {
    let wanted = true;
    setNow((before) => (before.busy ? before : { ...before, busy: true }));
    const timer = setTimeout(async () => {
      try {
        const shown = await askPreview(store, node.id, node.config ?? {}, whoOf(who));
        if (wanted) setNow({ shown, failure: "", busy: false });
      } catch (error) {
        if (wanted) setNow((before) => ({ ...before, failure: reason(error), busy: false }));
      }
    }, QUIET);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
    // `said` holds all that the question depends on.
  }, [store, said]);
  return now;
}
