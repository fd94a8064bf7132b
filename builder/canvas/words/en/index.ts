/** The English words. One file for each part of the editor; keys begin with its name. */

import { adding } from "./adding";
import { arrange } from "./arrange";
import { commands } from "./commands";
import { outline } from "./outline";
import { editor } from "./editor";
import { history } from "./history";
import { inspector } from "./inspector";
import { conditions } from "./conditions";
import { forms } from "./forms";
import { problems } from "./problems";
import { texts } from "./texts";
import { together } from "./together";
import { trying } from "./trying";

export const EN = { ...adding, ...arrange, ...commands, ...outline, ...editor, ...history, ...inspector, ...conditions, ...forms, ...problems, ...texts, ...together, ...trying } as const;
