/** On a node the pointer is over: run the test to here. */

import { useStore } from "../view/context";
import { IconButton } from "../view/controls";
import { t } from "../words";
import { trying } from "./state";

export function TryHere({ id, title }: { id: string; title: string }) {
  const store = useStore();
  const go = () => {
    const own = trying(store);
    store.select([id]);
    own.open("test");
    void own.run({ kind: "until", node: id });
  };
  return <IconButton icon="play" label={t("try.to_here_of", { name: title })} onClick={go} testId={`try-here-${id}`} />;
}
