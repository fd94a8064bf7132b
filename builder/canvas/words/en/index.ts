/** The English words. One file for each part of the editor; keys begin with its name. */

import { commands } from "./commands";
import { editor } from "./editor";
import { inspector } from "./inspector";

export const EN = { ...commands, ...editor, ...inspector } as const;
