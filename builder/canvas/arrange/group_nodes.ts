/** Frames and cards of groups, as nodes of React Flow. */

import type { Node, NodeHandle } from "@xyflow/react";

import { WIDTH, type Shape } from "../model/size";
import type { Group, Point } from "../model/types";
import { boxesOf } from "../state/geometry";
import type { SceneInput } from "../view/scene";
import { portsOf } from "../view/scene";
import { t } from "../words";
import { cardPlace, frameAround, tallyOf, type Folded } from "./folding";

export interface GroupData extends Record<string, unknown> {
  group: Group;
  shape: Shape;
  steps: number;
  waiting: number;
  errors: number;
  warnings: number;
  editable: boolean;
  /** All its nodes are selected. */
  chosen: boolean;
}

export type GroupNode = Node<GroupData, "frame"> | Node<GroupData, "card">;

type Places = (id: string) => Point;

export function groupNodes(
  fold: Folded,
  all: ReadonlyMap<string, Shape>,
  input: SceneInput,
  places: Places,
  still: Places,
): { nodes: GroupNode[]; anchors: Map<string, Point> } {
  const anchors = new Map<string, Point>();
  const frames = fold.frames.flatMap((group): GroupNode[] => {
    const box = frameOf(group, all, places);
    const before = places === still ? box : frameOf(group, all, still);
    if (!box || !before) return [];
    anchors.set(group.id, [before.x + before.width / 2 - WIDTH / 2, before.y]);
    const { width, height } = box;
    const position = { x: box.x + width / 2, y: box.y };
    // React Flow would lift a selected frame over the lines
    return [{ ...common(group, input), selected: false, type: "frame", position, width, height, measured: { width, height }, zIndex: -2, handles: [], data: data(group, input, EMPTY) }];
  });
  const cards = fold.cards.flatMap(({ group }): GroupNode[] => {
    const shape = all.get(group.id);
    if (!shape) return [];
    anchors.set(group.id, cardPlace(group, still));
    const [x, y] = cardPlace(group, places);
    const { width, height } = shape;
    const handles: NodeHandle[] = portsOf(shape, true);
    return [{ ...common(group, input), type: "card", position: { x: x + WIDTH / 2, y }, width, height, measured: { width, height }, handles, data: data(group, input, shape) }];
  });
  return { nodes: [...frames, ...cards], anchors };
}

const EMPTY: Shape = { width: WIDTH, height: 64, handles: [], rows: 0 };

function frameOf(group: Group, all: ReadonlyMap<string, Shape>, places: Places) {
  const boxes = boxesOf(group.nodes, all, places);
  return boxes.size ? frameAround(group.id, [...boxes.values()]) : null;
}

function common(group: Group, { selected, editable, problems, counts }: SceneInput) {
  return {
    id: group.id,
    draggable: editable,
    dragHandle: ".wj-group-grip",
    selected: group.nodes.every((id) => selected.has(id)),
    ariaLabel: t("arrange.group_says", { title: group.title, words: tallyWords(tallyOf(group, problems, counts)) }),
  };
}

function data(group: Group, { problems, counts, editable, selected }: SceneInput, shape: Shape): GroupData {
  const chosen = group.nodes.every((id) => selected.has(id));
  return { group, shape, editable, chosen, ...tallyOf(group, problems, counts) };
}

/** "6 steps, 2 waiting, 1 problem". */
export function tallyWords(tally: Pick<GroupData, "steps" | "waiting" | "errors" | "warnings">): string {
  const problems = tally.errors + tally.warnings;
  return [
    t("arrange.steps", { count: tally.steps }),
    tally.waiting ? t("arrange.waiting", { count: tally.waiting }) : "",
    problems ? t("arrange.problems", { count: problems }) : "",
  ]
    .filter(Boolean)
    .join(", ");
}
