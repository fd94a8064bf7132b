/**
 * What can be done by a name or a key: the command bar, the keyboard and the sheet of shortcuts all
 * read this. Each part of the editor gives its own list to `view/commands.ts`.
 */

import type { Key } from "../words";
import type { EditorStore, State } from "./store";

export interface Command {
  /** Unique, say "arrange.tidy". */
  id: string;
  title: Key;
  icon?: string;
  /** As on a keyboard: "Ctrl K", "Shift F8", "N"; Ctrl is also Command on a Mac. */
  keys?: readonly string[];
  /** Its keys work also while a field has the focus. */
  anywhere?: boolean;
  /** Its keys are the browser's own business (copy, paste): here they are only shown. */
  native?: boolean;
  group: "edit" | "add" | "arrange" | "go" | "try" | "publish" | "view";
  /** Whether it can be done now; without it: always. */
  when?: (state: State, store: EditorStore) => boolean;
  run: (store: EditorStore) => void;
}
