/** While Space is held, a drag moves the view, also one that begins on a node. */

import { useKeyPress, useStoreApi } from "@xyflow/react";
import { useEffect } from "react";

export function Panning() {
  const held = useKeyPress("Space");
  const flow = useStoreApi();
  useEffect(() => {
    // React Flow lets nobody pan from a node that can be dragged: so the nodes let the pointer through.
    flow.getState().domNode?.toggleAttribute("data-panning", held);
  }, [flow, held]);
  return null;
}
