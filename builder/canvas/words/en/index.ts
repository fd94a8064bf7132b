/** The English words. One file for each part of the editor; keys begin with its name. */

import { commands } from "./commands";
import { editor } from "./editor";
import { inspector } from "./inspector";
import { conditions } from "./conditions";
import { forms } from "./forms";
import { problems } from "./problems";

export const EN = { ...commands, ...editor, ...inspector, ...conditions, ...forms, ...problems } as const;
