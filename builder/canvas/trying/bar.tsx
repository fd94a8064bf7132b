/** In the bar above: "Test", and the switch of the heat view. */

import { useEditor, useSlice, useStore } from "../view/context";
import { IconButton } from "../view/controls";
import { Icon } from "../view/icons";
import { t } from "../words";
import { runTest, showHeat } from "./commands";
import { heat } from "./heat";
import { trying } from "./state";

export function TestButton({ phone }: { phone: boolean }) {
  const store = useStore();
  const own = trying(store);
  const busy = useSlice(own.slice, (s) => s.busy);
  const hot = useSlice(heat(store), (s) => s.on);
  const canEdit = useEditor((s) => s.canEdit);
  const live = useEditor((s) => s.journey.live !== null);
  return (
    <>
      {live && !phone ? (
        <IconButton icon="flame" label={t("try.heat")} hint="H" pressed={hot} onClick={() => showHeat(store)} testId="heat-switch" />
      ) : null}
      {canEdit ? (
        <button
          type="button"
          className={phone ? "wj-icon-button" : "wj-button"}
          data-testid="test"
          aria-disabled={busy}
          aria-label={phone ? t("try.run") : undefined}
          title={`${t("try.run_title")} (T)`}
          onClick={() => busy || runTest(store, phone)}
        >
          <Icon name="play" /> {phone ? null : busy ? t("try.running") : t("try.run")}
        </button>
      ) : null}
    </>
  );
}
