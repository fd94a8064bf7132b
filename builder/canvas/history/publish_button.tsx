/** "Publish v4": opens the review; with errors the list of what has to be mended first. */

import { useEditor, useStore } from "../view/context";
import { t } from "../words";
import { looking } from "./look";
import { useNext } from "./review";

export function PublishButton({ phone }: { phone: boolean }) {
  const store = useStore();
  const busy = useEditor((s) => s.publishing);
  const errors = useEditor((s) => s.problems.filter((p) => p.severity === "error").length);
  const number = useNext();
  return (
    <button
      type="button"
      className="wj-button"
      data-primary
      data-testid="publish"
      aria-disabled={busy}
      title={errors ? t("history.publish_errors", { count: errors }) : t("history.publish_hint")}
      onClick={() => void looking(store).review()}
    >
      {busy ? t("history.publishing") : phone ? t("history.publish_short") : t("history.publish", { number })}
    </button>
  );
}
