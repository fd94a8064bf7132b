/** All commands of the editor, in the order of the command bar. */

import { arrangeCommands } from "../arrange/commands";
import { commandsList } from "../commands/list";
import { historyCommands } from "../history/commands";
import type { Command } from "../state/commands";
import { tryCommands } from "../trying/commands";
import { languageCommands } from "../words/choice";

const basic: Command[] = [
  {
    id: "edit.undo",
    title: "commands.undo",
    icon: "undo-2",
    keys: ["Ctrl Z"],
    group: "edit",
    when: (state) => state.history.done.length > 0,
    run: (store) => store.undo(),
  },
  {
    id: "edit.redo",
    title: "commands.redo",
    icon: "redo-2",
    keys: ["Ctrl Y", "Ctrl Shift Z"],
    group: "edit",
    when: (state) => state.history.undone.length > 0,
    run: (store) => store.redo(),
  },
];

export const COMMANDS: readonly Command[] = [...basic, ...commandsList, ...languageCommands, ...historyCommands, ...tryCommands, ...arrangeCommands];
