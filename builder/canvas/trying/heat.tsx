/** The heat view: where people are, how many went each way, and where they leave. */

import { useEffect, useMemo } from "react";

import { exits, isPlain } from "../model/handles";
import { titleOf } from "../model/sentences";
import { decor } from "../state/decor";
import { perStore } from "../state/feature";
import { Slice } from "../state/slice";
import type { JourneyDocument, Types } from "../model/types";
import type { EditorStore } from "../state/store";
import { shown, useEditor, useSlice, useStore } from "../view/context";
import { arrows } from "../view/controls";
import { numberText, percentText } from "../words/formats";
import { t } from "../words";
import { leavings, warmth, type Counted, type Leaving } from "./leaving";

const LAYER = "heat";
const PLACES = 8;

/** `near`: the place that the list has gone to. */
export const heat = perStore(() => new Slice<{ on: boolean; near: string | null }>({ on: false, near: null }));

export function toggleHeat(store: EditorStore): void {
  const slice = heat(store);
  const on = !slice.get().on;
  slice.set({ on, near: null });
  if (on) void store.count();
  if (on && store.get().view !== "canvas") store.set({ view: "canvas" });
  store.set({ message: on ? t("try.heat_on") : t("try.heat_off") });
}

/** Lays the warmth over the canvas; the list stands in the tab. */
export function Heat() {
  const store = useStore();
  const slice = heat(store);
  const on = useSlice(slice, (s) => s.on);
  const near = useSlice(slice, (s) => s.near);
  const doc = useEditor(shown);
  const counts = useEditor((s) => s.counts) as Counted;
  const counted = useEditor((s) => s.mode !== "past" && s.journey.live !== null);
  const layer = useMemo(() => {
    if (!on || !counted) return null;
    const { layer } = warmth(doc, counts, (waiting, came, left) => t("try.heat_node", { waiting, came, left }));
    if (!near) return layer;
    return { ...layer, nodes: new Map([...layer.nodes, [near, { ...layer.nodes.get(near), tone: "running" as const }]]) };
  }, [on, near, counted, doc, counts]);
  useEffect(() => {
    decor(store).put(LAYER, layer);
    return () => decor(store).put(LAYER, null);
  }, [store, layer]);
  return null;
}

/** The legend, and the places where people leave. The numbers are those of the live version, so
 * they are shown over it and over the draft alike. */
export function People() {
  const store = useStore();
  const on = useSlice(heat(store), (s) => s.on);
  const near = useSlice(heat(store), (s) => s.near);
  const doc = useEditor(shown);
  const types = useEditor((s) => s.types);
  const counts = useEditor((s) => s.counts) as Counted;
  const version = useEditor((s) => (s.mode === "past" ? null : (s.journey.live?.number ?? null)));
  if (version === null) return <p className="wj-quiet">{t("try.heat_none")}</p>;
  const found = warmth(doc, counts, () => "");
  const all = leavings(doc, counts);
  return (
    <section className="wj-heat" aria-label={t("try.heat")} data-testid="heat">
      <label className="wj-heat-switch">
        <input type="checkbox" role="switch" checked={on} onChange={() => toggleHeat(store)} /> {t("try.heat_on_canvas")}
      </label>
      <p className="wj-quiet">{t("try.heat_version", { version: String(version) })}</p>
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
      {all.length === 0 ? <p className="wj-quiet">{t("try.nobody_left")}</p> : null}
      <ol className="wj-heat-top" onKeyDown={(event) => arrows(event, "button")}>
        {all.slice(0, PLACES).map((one) => (
          <li key={`${one.node}/${one.handle}`}>
            <button
              type="button"
              aria-current={near === one.node || undefined}
              onClick={() => {
                heat(store).set({ near: one.node, on: true });
                store.set({ reveal: [one.node], view: "canvas" });
              }}
            >
              <span>{placeText(doc, types, one)}</span>
              <b>{numberText(one.count)}</b>
              <small>{one.of > 0 ? percentText(one.count / one.of) : ""}</small>
            </button>
          </li>
        ))}
      </ol>
      {all.length > PLACES ? (
        <p className="wj-quiet">{t("try.more_places", { count: all.length - PLACES, people: sum(all.slice(PLACES)) })}</p>
      ) : null}
    </section>
  );
}

function sum(places: readonly Leaving[]): number {
  return places.reduce((all, { count }) => all + count, 0);
}

function placeText(doc: JourneyDocument, types: Types, { node, handle }: Leaving): string {
  const placed = doc.nodes.find((n) => n.id === node);
  const way = exits(types.get(placed?.type ?? ""), placed?.config).find((h) => h.name === handle);
  const by = handle === "" ? t("try.ends_here") : way && isPlain(way) ? t("try.after_it") : (way?.label ?? handle);
  return `${placed ? titleOf(placed, types.get(placed.type)) : node} · ${by}`;
}
