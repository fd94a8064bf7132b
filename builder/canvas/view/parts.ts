/**
 * Where parts of the editor hang themselves in. A part is one folder of its own; here stands one
 * line for each of its views.
 */

import type { ComponentType } from "react";

import { ArrangeKeys } from "../arrange/keys";
import { Toolbar } from "../arrange/toolbar";
import { FindBar } from "../commands/find";
import { ContextMenu } from "../commands/menu";
import { Panels } from "../commands/panels";
import { Sheet } from "../commands/sheet";
import { LookBar } from "../history/bar";
import { OldPlaces } from "../history/places";
import { PublishReview } from "../history/review";
import { HistoryTab } from "../history/tab";
import type { JourneyNode } from "../model/types";
import { BigWindow } from "../texts/big";
import { Conflicts, People } from "../together/bar";
import { ConflictList } from "../together/conflicts";
import { Cursors } from "../together/cursors";
import { Here } from "../together/here";
import { TestButton } from "../trying/bar";
import { Heat } from "../trying/heat";
import { Dot, Stepper } from "../trying/stepper";
import { TryTab } from "../trying/tab";
import type { Key } from "../words";
import { Panning } from "./panning";
import { WayWords } from "./way_words";

/** Drawn inside of React Flow, over the canvas: cursors of others, groups, helper lines. */
export const LAYERS: readonly ComponentType[] = [ArrangeKeys, Panning, Toolbar, OldPlaces, WayWords, Dot, Heat, Cursors];

/** Drawn over the whole editor: the command bar, dialogs. */
export const OVERLAYS: readonly ComponentType[] = [Panels, ContextMenu, FindBar, Sheet, PublishReview, BigWindow, Here, ConflictList];

/** In the bar above, before undo: who else is here, the test. */
export const BAR: readonly ComponentType<{ phone: boolean }>[] = [Conflicts, People, LookBar, Stepper, TestButton];

/** Tabs of the panel on the right beside "Setup", of a node or (null) of the journey. */
export interface Tab {
  id: string;
  title: Key;
  view: ComponentType<{ node: JourneyNode | null }>;
}

export const TABS: readonly Tab[] = [{ id: "try", title: "try.tab", view: TryTab }, { id: "history", title: "history.tab", view: HistoryTab }];
