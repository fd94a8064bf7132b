import { afterEach, describe, expect, test } from "bun:test";

import { Api } from "../../builder/canvas/state/api";
import { askEarly, firstCalls, takeEarly } from "../../builder/canvas/state/early";
import { asked } from "../../builder/canvas/words";

const CATALOGUE = "/studio/catalogue";
const answer = (body: object) => new Response(JSON.stringify(body), { headers: { "content-type": "application/json" } });

/** Answers every call, and remembers it. */
function studio(fails = false) {
  const calls: string[] = [];
  const call = (async (path: string) => {
    calls.push(path);
    if (fails) throw new TypeError("offline");
    return answer({ call: calls.length });
  }) as unknown as typeof fetch;
  return { calls, call };
}

afterEach(() => {
  globalThis.waylineEarly = undefined;
});

describe("what the editor asks for while its scripts are on their way", () => {
  test("only the editor's page asks, with the journey's name as the editor writes it", () => {
    expect(firstCalls("/journeys/welcome")).toEqual([CATALOGUE, "/studio/journeys/welcome"]);
    expect(firstCalls("/journeys/caf%C3%A9%20%26/")).toEqual([CATALOGUE, new Api("café &").root]);
    for (const other of ["/", "/journeys", "/journeys/", "/journeys/a/b", "/customers/1", "/journeys/%E0%A4%A"]) {
      expect(firstCalls(other)).toEqual([]);
    }
  });

  test("an answer is taken once; the second call asks", async () => {
    const { calls, call } = studio();
    askEarly([CATALOGUE], asked(), call, Date.now());
    expect(calls).toEqual([CATALOGUE]);
    const api = new Api("s", call as never);
    expect(await api.get(CATALOGUE)).toEqual({ call: 1 });
    expect(calls).toHaveLength(1);
    expect(await api.get(CATALOGUE)).toEqual({ call: 2 });
  });

  test("one in another language, too old a one and one that did not come are asked for again", async () => {
    const { calls, call } = studio();
    askEarly([CATALOGUE], "de", call, 0);
    expect(await takeEarly(CATALOGUE, "en", 0)).toBeNull();
    askEarly([CATALOGUE], "en", call, 0);
    expect(await takeEarly(CATALOGUE, "en", 60_000)).toBeNull();
    askEarly([CATALOGUE], "en", studio(true).call, 0);
    expect(await takeEarly(CATALOGUE, "en", 0)).toBeNull();
    expect(calls).toHaveLength(2);
  });
});
