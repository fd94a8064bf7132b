/** Says that a version is live, and where its webhooks listen. */

import { titleOf } from "../model/sentences";
import { useEditor, useStore } from "./context";
import { CopyLine, Dialog } from "./controls";

export function Published() {
  const store = useStore();
  const published = useEditor((s) => s.published);
  const doc = useEditor((s) => s.document);
  const types = useEditor((s) => s.types);
  if (!published) return null;
  const hooks = Object.entries(published.hooks);
  const name = (id: string) => {
    const node = doc.nodes.find((n) => n.id === id);
    return node ? titleOf(node, types.get(node.type)) : id;
  };
  return (
    <Dialog title={`Version ${published.version} is live`} onClose={() => store.set({ published: null })} testId="published">
      <p>
        {hooks.length
          ? "Whatever is posted to this address starts it. Give it to the service that should send."
          : "It starts when its trigger happens. Whoever is inside already stays on the version they began with."}
      </p>
      {hooks.map(([id, url]) => (
        <div className="wj-field" key={id} data-testid={`hook-${id}`}>
          <span className="wj-label">{name(id)}</span>
          <CopyLine text={url} label={`Address of ${name(id)}`} />
        </div>
      ))}
      {hooks.length ? <p className="wj-help">You find the address again in the node itself.</p> : null}
    </Dialog>
  );
}
