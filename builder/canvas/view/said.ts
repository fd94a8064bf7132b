/** What lies over a node for the time being is part of its name: what changed, what a test saw, how warm it is. */

import { useMemo, useRef } from "react";

import { decor, type Decor } from "../state/decor";
import { useSlice, useStore } from "./context";

interface Named {
  id: string;
  ariaLabel?: string;
}

/** The nodes with their names for now; what nothing is said about stays the same object. */
export function useSaid<Node extends Named>(nodes: Node[]): Node[] {
  const own = decor(useStore());
  const layers = useSlice(own.slice, (s) => s.layers);
  const before = useRef(new Map<string, { node: Node; made: Node }>());
  return useMemo(() => {
    const made = new Map<string, { node: Node; made: Node }>();
    if (layers.size > 0) {
      for (const node of nodes) {
        const ariaLabel = nameWith(node.ariaLabel ?? "", own, node.id);
        if (ariaLabel === node.ariaLabel) continue;
        const known = before.current.get(node.id);
        const same = known?.node === node && known.made.ariaLabel === ariaLabel;
        made.set(node.id, same ? known : { node, made: { ...node, ariaLabel } });
      }
    }
    before.current = made;
    return made.size ? nodes.map((node) => made.get(node.id)?.made ?? node) : nodes;
  }, [nodes, layers, own]);
}

/** "Wait, logic, waits 3 days, no problems. Changed: for how long". */
export function nameWith(name: string, own: Decor, id: string): string {
  const says = own.node(id)?.says;
  return says ? `${name}. ${says}` : name;
}
