/** The live version as it is drawn: with a place for every node, and sharing what the draft has too. */

import { compared } from "../model/diff";
import type { JourneyDocument, Types } from "../model/types";
import { dressed } from "../state/geometry";
import { borrowed } from "./ghosts";

interface Made {
  live: JourneyDocument;
  draft: JourneyDocument;
  types: Types;
  document: JourneyDocument;
}

let last: Made | null = null;

/** Nodes that are the same in the draft are the same objects: they are not drawn again. */
export function liveDocument(live: JourneyDocument, draft: JourneyDocument, types: Types): JourneyDocument {
  if (last?.live === live && last.draft === draft && last.types === types) return last.document;
  const known = new Map(draft.nodes.map((node) => [node.id, node]));
  const nodes = live.nodes.map((node) => {
    const own = known.get(node.id);
    return own && compared(node, own).length === 0 ? own : node;
  });
  const document = dressed(borrowed({ ...live, nodes }, draft), types);
  last = { live, draft, types, document };
  return document;
}
