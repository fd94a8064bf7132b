/** Asks the layout's worker. It is started at the first wish and stays: elkjs takes a while to load. */

import type { ElkGraph } from "./elk";

const LONGEST = 20_000; // milliseconds for one layout
const ALGORITHMS = ["layered"];

interface Answer {
  id: number;
  data?: ElkGraph;
  error?: unknown;
}

let worker: Worker | null = null;
let asked = 0;

/** The graph with places; null when the worker cannot start, fails, or takes too long. */
export async function laidOut(graph: ElkGraph): Promise<ElkGraph | null> {
  const at = started();
  if (!at) return null;
  asked += 2;
  const id = asked;
  return new Promise((resolve) => {
    const end = (found: ElkGraph | null) => {
      clearTimeout(timer);
      at.removeEventListener("message", hear);
      at.removeEventListener("error", fail);
      if (!found) stop();
      resolve(found);
    };
    const hear = ({ data }: MessageEvent<Answer>) => {
      if (data.id === id || (data.id === id - 1 && data.error)) end(data.error ? null : (data.data ?? null));
    };
    const fail = () => end(null);
    const timer = setTimeout(fail, LONGEST);
    at.addEventListener("message", hear);
    at.addEventListener("error", fail);
    at.postMessage({ id: id - 1, cmd: "register", algorithms: ALGORITHMS });
    at.postMessage({ id, cmd: "layout", graph, layoutOptions: {}, options: {} });
  });
}

function started(): Worker | null {
  try {
    worker ??= new Worker(new URL("./elk.worker.ts", import.meta.url), { type: "module" });
  } catch {
    return null; // a browser without workers, or a policy against them
  }
  return worker;
}

function stop(): void {
  worker?.terminate();
  worker = null;
}
