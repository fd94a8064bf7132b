/** A line between two nodes. Its route is found beforehand, for all lines together. */

import { ViewportPortal, type Edge, type EdgeProps } from "@xyflow/react";
import { memo } from "react";

import type { Route } from "../model/routing";
import { t } from "../words";
import { decor } from "../state/decor";
import { useLineDecor, useSlice, useStore } from "./context";
import { Icon } from "./icons";

export interface LineData extends Record<string, unknown> {
  route: Route;
  hoped: boolean;
  /** Several lines leave by this handle, and this one carries the words for all. */
  together: boolean;
  /** The count of a handle without a pill stands beside its line. */
  count: string;
  hovered: boolean;
}

export type LineEdge = Edge<LineData, "line">;

export const Line = memo(function Line({ id, data, selected }: EdgeProps<LineEdge>) {
  const over = useLineDecor(id);
  if (!data) return null;
  const { route, hoped, hovered } = data;
  const end = route.points.at(-1) ?? [0, 0];
  return (
    <g className="wj-line" data-hoped={hoped} data-active={selected || hovered || undefined} data-tone={over?.tone} style={share(over?.share)}>
      <path className="wj-line-hit react-flow__edge-interaction" d={route.path} />
      <path className="wj-line-path" d={route.path} />
      <path className="wj-line-head" d={`M${end[0] - 4} ${end[1] - 7}L${end[0]} ${end[1] - 1}L${end[0] + 4} ${end[1] - 7}`} />
    </g>
  );
});

function share(part: number | undefined): React.CSSProperties | undefined {
  return part === undefined ? undefined : ({ "--wj-share": part } as React.CSSProperties);
}

/** Words beside the lines: counts of plain ways, and "at the same time". */
export function LineWords({ lines }: { lines: readonly LineEdge[] }) {
  return (
    <ViewportPortal>
      {lines.map((line) => {
        const { id, data } = line;
        if (!data) return null;
        const start = data.route.points[0] ?? [0, 0];
        const [x, y] = longest(data.route);
        return [
          data.count ? (
            <span key={`${id}/count`} className="wj-line-count" style={at(start[0] + 10, start[1] + 2)}>
              {data.count}
            </span>
          ) : null,
          data.together ? <Together key={`${id}/together`} line={line} lines={lines} place={at(x, y)} /> : null,
        ];
      })}
    </ViewportPortal>
  );
}

/** A line that is only drawn to say that it is gone does not happen at the same time as another. */
function Together({ line, lines, place }: { line: LineEdge; lines: readonly LineEdge[]; place: React.CSSProperties }) {
  const over = decor(useStore());
  const sameWay = (other: LineEdge) => other.source === line.source && other.sourceHandle === line.sourceHandle;
  const ways = useSlice(over.slice, () => lines.filter((other) => sameWay(other) && over.line(other.id)?.tone !== "removed").length);
  if (ways < 2) return null;
  return (
    <span className="wj-line-together" style={place}>
      {t("adding.same_time")}
    </span>
  );
}

/** The + in the middle of the line that the pointer is on. */
export function LinePlus(props: { route: Route; onAdd: (at: HTMLElement) => void; onStay: () => void; onLeave: () => void }) {
  const [x, y] = props.route.middle;
  return (
    <ViewportPortal>
      <button
        type="button"
        className="wj-line-plus nodrag nopan"
        style={at(x, y)}
        aria-label={t("adding.on_line")}
        onClick={(event) => props.onAdd(event.currentTarget)}
        onMouseEnter={props.onStay}
        onMouseLeave={props.onLeave}
      >
        <Icon name="plus" size={12} />
      </button>
    </ViewportPortal>
  );
}

function longest(route: Route): readonly [number, number] {
  let best: readonly [number, number] = route.middle;
  let length = 0;
  route.points.forEach((a, i) => {
    const b = route.points[i + 1];
    if (!b || a[1] !== b[1] || Math.abs(a[0] - b[0]) <= length) return;
    length = Math.abs(a[0] - b[0]);
    best = [(a[0] + b[0]) / 2, a[1]];
  });
  return best;
}

export function at(x: number, y: number): React.CSSProperties {
  return { position: "absolute", left: x, top: y };
}
