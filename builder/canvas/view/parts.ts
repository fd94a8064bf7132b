/**
 * Where parts of the editor hang themselves in. A part is one folder of its own; here stands one
 * line for each of its views.
 */

import type { ComponentType } from "react";

import type { JourneyNode } from "../model/types";
import type { Key } from "../words";

/** Drawn inside of React Flow, over the canvas: cursors of others, groups, helper lines. */
export const LAYERS: readonly ComponentType[] = [];

/** Drawn over the whole editor: the command bar, dialogs. */
export const OVERLAYS: readonly ComponentType[] = [];

/** In the bar above, before undo: who else is here, the test. */
export const BAR: readonly ComponentType<{ phone: boolean }>[] = [];

/** Tabs of the panel on the right beside "Setup", of a node or (null) of the journey. */
export interface Tab {
  id: string;
  title: Key;
  view: ComponentType<{ node: JourneyNode | null }>;
}

export const TABS: readonly Tab[] = [];
