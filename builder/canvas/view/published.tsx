/** Says that a version is live, and where its webhooks listen. */

import { useEffect, useRef } from "react";

import { titleOf } from "../model/sentences";
import { t } from "../words";
import { useEditor, useStore } from "./context";
import { CopyLine, Dialog } from "./controls";

export function Published() {
  const store = useStore();
  const published = useEditor((s) => s.published);
  const doc = useEditor((s) => s.document);
  const types = useEditor((s) => s.types);
  const news = useNews();
  useEffect(() => {
    if (published && !news) store.set({ published: null }); // the message says it, and there is nothing to copy
  }, [published, news, store]);
  if (!published || !news) return null;
  const hooks = Object.entries(published.hooks);
  const name = (id: string) => {
    const node = doc.nodes.find((n) => n.id === id);
    return node ? titleOf(node, types.get(node.type)) : id;
  };
  const title = t("history.is_live", { number: published.version });
  return (
    <Dialog title={title} onClose={() => store.set({ published: null })} testId="published">
      <p>{t(hooks.length ? "history.starts_by_post" : "history.starts_by_itself")}</p>
      {hooks.map(([id, url]) => (
        <div className="wj-field" key={id} data-testid={`hook-${id}`}>
          <span className="wj-label">{name(id)}</span>
          <CopyLine text={url} label={t("history.address_of", { name: name(id) })} />
        </div>
      ))}
      {hooks.length ? <p className="wj-help">{t("history.address_again")}</p> : null}
    </Dialog>
  );
}

/** Whether there is something to tell: the first version, or an address that was not there before. */
function useNews(): boolean {
  const published = useEditor((s) => s.published);
  const journey = useEditor((s) => s.journey);
  const before = useRef(journey);
  if (!published) before.current = journey;
  const known = before.current.hooks ?? {};
  return !before.current.live || Object.keys(published?.hooks ?? {}).some((id) => !(id in known));
}
