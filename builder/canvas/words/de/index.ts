/** The German words. */

import type { Words } from "..";
import { commands } from "./commands";
import { editor } from "./editor";
import { inspector } from "./inspector";
import { conditions } from "./conditions";
import { forms } from "./forms";
import { problems } from "./problems";

export const DE: Words = { ...commands, ...editor, ...inspector, ...conditions, ...forms, ...problems };
