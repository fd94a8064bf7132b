/** Opens the big window for an email; the window itself is loaded when it is first opened. */

import { lazy, Suspense } from "react";

import { shown, useEditor, useSlice, useStore } from "../view/context";
import { texts } from "./state";

const Window = lazy(() => import("./window"));

/** Stands in the list of what lies over the editor. */
export function BigWindow() {
  const store = useStore();
  const slice = texts(store);
  const id = useSlice(slice, (s) => s.big);
  const node = useEditor((s) => shown(s).nodes.find((one) => one.id === id));
  const type = useEditor((s) => (node ? s.types.get(node.type) : undefined));
  if (!node || !type) return null;
  return (
    <Suspense fallback={null}>
      <Window key={node.id} node={node} type={type} onClose={() => slice.set({ big: null })} />
    </Suspense>
  );
}
