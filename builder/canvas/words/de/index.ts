/** The German words. */

import type { Words } from "..";
import { commands } from "./commands";
import { inspector } from "./inspector";

export const DE: Words = { ...commands, ...inspector };
