/** The heat view: where people are, how many went each way, and where they leave. */

import { Panel } from "@xyflow/react";
import { useEffect, useMemo } from "react";

import { exits, isPlain } from "../model/handles";
import { titleOf } from "../model/sentences";
import { decor } from "../state/decor";
import { perStore, Slice } from "../state/feature";
import type { EditorStore } from "../state/store";
import { shown, useEditor, useSlice, useStore } from "../view/context";
import { IconButton } from "../view/controls";
import { numberText, percentText } from "../words/formats";
import { t } from "../words";
import { leavings, warmth, type Counted, type Leaving } from "./leaving";

const LAYER = "heat";
const PLACES = 5;

export const heat = perStore(() => new Slice<{ on: boolean }>({ on: false }));

export function toggleHeat(store: EditorStore): void {
  const slice = heat(store);
  const on = !slice.get().on;
  slice.set({ on });
  if (on) void store.count();
  if (on && store.get().view !== "canvas") store.set({ view: "canvas" });
  store.set({ message: on ? t("try.heat_on") : t("try.heat_off") });
}

/** The numbers are those of the live version, so they are shown over it and the draft alike. */
export function Heat() {
  const store = useStore();
  const on = useSlice(heat(store), (s) => s.on);
  const doc = useEditor(shown);
  const types = useEditor((s) => s.types);
  const counts = useEditor((s) => s.counts) as Counted;
  const now = useEditor((s) => (s.mode === "past" ? null : s.journey.live));
  const found = useMemo(
    () => (on && now ? warmth(doc, counts, (waiting, came, left) => t("try.heat_node", { waiting, came, left })) : null),
    [on, now, doc, counts],
  );
  useEffect(() => {
    decor(store).put(LAYER, found?.layer ?? null);
    return () => decor(store).put(LAYER, null);
  }, [store, found]);
  if (!on) return null;
  const top = found ? leavings(doc, counts).slice(0, PLACES) : [];
  const name = ({ node, handle }: Leaving) => {
    const placed = doc.nodes.find((n) => n.id === node);
    const way = exits(types.get(placed?.type ?? ""), placed?.config).find((h) => h.name === handle);
    const by = handle === "" ? t("try.ends_here") : way && isPlain(way) ? t("try.after_it") : (way?.label ?? handle);
    return `${placed ? titleOf(placed, types.get(placed.type)) : node}: ${by}`;
  };
  return (
    <Panel position="bottom-left">
      <section className="wj-heat" aria-label={t("try.heat")} data-testid="heat">
        <header>
          <h3>{t("try.heat")}</h3>
          <IconButton icon="x" label={t("try.heat_close")} onClick={() => toggleHeat(store)} />
        </header>
        {!found ? (
          <p className="wj-quiet">{t("try.heat_none")}</p>
        ) : (
          <>
            <dl className="wj-heat-legend">
              <div>
                <dt>
                  <i className="wj-heat-scale" /> {t("try.heat_waiting")}
                </dt>
                <dd data-testid="heat-waiting">{t("try.heat_of", { most: found.waiting, all: found.allWaiting })}</dd>
              </div>
              <div>
                <dt>
                  <i className="wj-heat-lines" /> {t("try.heat_went")}
                </dt>
                <dd>{t("try.heat_most", { most: found.went })}</dd>
              </div>
            </dl>
            <h3>
              {t("try.leave_most")} <small className="wj-quiet">{t("try.left_in_all", { count: found.allLeft })}</small>
            </h3>
            {top.length === 0 ? (
              <p className="wj-quiet">{t("try.nobody_left")}</p>
            ) : (
              <ol className="wj-heat-top">
                {top.map((one) => (
                  <li key={`${one.node}/${one.handle}`}>
                    <button
                      type="button"
                      onClick={() => {
                        store.select([one.node]);
                        store.set({ reveal: [one.node] });
                      }}
                    >
                      <span>{name(one)}</span>
                      <b>{numberText(one.count)}</b>
                      <small>{one.of > 0 ? percentText(one.count / one.of) : ""}</small>
                    </button>
                  </li>
                ))}
              </ol>
            )}
          </>
        )}
      </section>
    </Panel>
  );
}
