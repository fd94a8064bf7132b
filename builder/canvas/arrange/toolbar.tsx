/** One toolbar above what is selected: aligning, equal gaps, groups, colours. */

import { useStore as useFlow } from "@xyflow/react";
import { useMemo } from "react";

import { groupsOf } from "../model/groups";
import { WIDTH } from "../model/size";
import { useEditor, useSlice, useStore } from "../view/context";
import { IconButton } from "../view/controls";
import { t, type Key } from "../words";
import { chosenGroups, chosenNotes, paint } from "./actions";
import { arrangeCommands } from "./commands";
import { arranging } from "./state";

const ALIGN = ["arrange.left", "arrange.centre", "arrange.right", "arrange.top", "arrange.middle", "arrange.bottom"];
const SPREAD = ["arrange.across", "arrange.down"];
const GROUP_COLORS = ["sand", "amber", "grass", "teal", "plum", "orange"] as const;
const NOTE_COLORS = ["amber", "sand", "grass", "teal", "plum", "orange"] as const;

export function Toolbar() {
  const store = useStore();
  const selected = useEditor((s) => s.selected);
  const doc = useEditor((s) => s.document);
  const editable = useEditor((s) => s.mode === "draft" && s.canEdit);
  const naming = useSlice(arranging(store).slice, (s) => s.naming);
  const dragging = useFlow((s) => s.userSelectionActive || s.nodes.some((n) => n.dragging));
  const groups = useMemo(() => chosenGroups(store.get()), [doc, selected, store]);
  const around = useMemo(() => [...selected, ...groups.map((g) => g.id)], [selected, groups]); // over the frames' titles, too
  const place = useFlow((s) => placeAbove(s, around), alike);
  const notes = useMemo(() => chosenNotes(store.get()), [doc, selected, store]);
  const [only] = groups;
  const whole = groups.length === 1 && only?.nodes.length === selected.size; // a group and nothing else
  const many = selected.size >= 2 && !whole;
  const onlyNotes = notes.length > 0 && notes.length === selected.size;
  if (!editable || !place || dragging || naming || (!many && !whole && notes.length === 0)) return null;
  const tools = (ids: readonly string[]) =>
    ids.map((id) => arrangeCommands.find((c) => c.id === id)).map((command) =>
      command && (!command.when || command.when(store.get(), store)) ? (
        <IconButton key={command.id} icon={command.icon ?? ""} label={t(command.title)} hint={command.keys?.[0]} onClick={() => command.run(store)} testId={command.id} />
      ) : null,
    );
  const grouped = groupsOf(doc).some((g) => g.nodes.some((id) => selected.has(id)));
  const colors = groups.length > 0 ? GROUP_COLORS : onlyNotes ? NOTE_COLORS : null;
  const now = groups[0]?.color ?? notes[0]?.color ?? 0;
  return (
    <div className="wj-tools" role="toolbar" aria-label={t("arrange.tools")} data-testid="arrange-tools" style={{ top: place[1], transform: beside(place[0], place[2]) }}>
      {many ? tools(ALIGN) : null}
      {many && selected.size >= 3 ? tools(SPREAD) : null}
      {many ? <i className="wj-tools-line" /> : null}
      {selected.size >= 2 ? tools(["arrange.tidy"]) : null}
      {tools(grouped ? ["arrange.ungroup"] : onlyNotes ? [] : ["arrange.group"])}
      {groups.length > 0 ? tools(["arrange.rename", "arrange.fold"]) : null}
      {colors ? (
        <span className="wj-tools-colors">
          {colors.map((name, color) => (
            <button
              key={name}
              type="button"
              className="wj-tools-color"
              data-name={name}
              aria-pressed={color === now}
              aria-label={t("arrange.color", { name: t(`arrange.color_${name}` as Key) })}
              title={t("arrange.color", { name: t(`arrange.color_${name}` as Key) })}
              onClick={() => paint(store, color)}
            />
          ))}
        </span>
      ) : null}
    </div>
  );
}

type FlowState = Parameters<Parameters<typeof useFlow>[0]>[0];

/** The middle above the selected nodes, on screen; under the bar when they begin above the sight. */
function placeAbove({ nodeLookup, transform: [tx, ty, zoom], width }: FlowState, selected: readonly string[]): readonly [number, number, number] | null {
  let [left, right, top] = [Infinity, -Infinity, Infinity];
  for (const id of selected) {
    const node = nodeLookup.get(id);
    if (!node) continue;
    const wide = node.measured.width ?? WIDTH;
    const { x, y } = node.internals.positionAbsolute;
    left = Math.min(left, x);
    right = Math.max(right, x + wide);
    top = Math.min(top, y);
  }
  if (left > right) return null;
  const middle = ((left + right) / 2) * zoom + tx;
  return [Math.round(middle), Math.round(Math.max(56, top * zoom + ty - 16)), width];
}

/** In the middle above, but never out of the canvas. */
function beside(middle: number, width: number): string {
  return `translate(clamp(8px, ${middle}px - 50%, ${width}px - 100% - 8px), -100%)`;
}

function alike(a: readonly number[] | null, b: readonly number[] | null): boolean {
  return a === b || (a !== null && b !== null && a.every((value, i) => value === b[i]));
}
