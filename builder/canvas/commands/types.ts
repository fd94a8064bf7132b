/** Finding node types: by title, by what people call such a thing elsewhere, by what they do. */

import { exits } from "../model/handles";
import type { NodeType } from "../model/types";
import { t } from "../words";
import { rank, type Part } from "./fuzzy";

/**
 * Other words for a type: the catalogue of words has lines "email: mail, newsletter, …"; a line is
 * for every type that has the first word in its name, so that other packages' types have them too.
 */
export function otherWords(type: NodeType, lines: string): string {
  const own = new Set(type.type.toLowerCase().split(/[^a-z0-9]+/));
  return lines
    .split(";")
    .map((line) => line.split(":"))
    .filter(([names = ""]) => names.split("|").some((name) => own.has(name.trim())))
    .map(([, words = ""]) => words)
    .join(",");
}

export function partsOf(type: NodeType): Part[] {
  return [
    { text: type.title, weight: 4 },
    { text: otherWords(type, t("adding.synonyms")), weight: 3 },
    { text: `${type.type.replace(/[._]/g, " ")}`, weight: 2 },
    { text: type.summary, weight: 1 },
  ];
}

export function matching(types: readonly NodeType[], search: string): NodeType[] {
  return rank(types, search, partsOf);
}

/** Whether something can come after a node of this type: only such a one can stand on a line. */
export function leadsOn(type: NodeType): boolean {
  return type.category !== "trigger" && exits(type, {}).length > 0;
}
