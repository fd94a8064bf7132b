/** The English words. One file for each part of the editor; keys begin with its name. */

import { commands } from "./commands";
import { inspector } from "./inspector";

export const EN = { ...commands, ...inspector } as const;
