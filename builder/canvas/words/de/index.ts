/** The German words. */

import type { Words } from "..";
import { commands } from "./commands";
import { editor } from "./editor";
import { inspector } from "./inspector";

export const DE: Words = { ...commands, ...editor, ...inspector };
