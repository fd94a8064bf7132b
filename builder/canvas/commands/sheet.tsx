/** The sheet of shortcuts, made from the registry: what a key does here is what it does. */

import { useEditor, useStore } from "../view/context";
import { Dialog } from "../view/controls";
import { t } from "../words";
import type { Command } from "../state/commands";
import { written } from "./chords";
import { groupTitle } from "./entries";
import { allCommands } from "./registry";

const GROUPS: readonly Command["group"][] = ["add", "edit", "go", "arrange", "try", "publish", "view"];

export function Sheet() {
  const store = useStore();
  const open = useEditor((s) => s.help);
  if (!open) return null;
  const keyed = allCommands().filter((command) => command.keys?.length);
  const more: [string, string][] = [
    ["Tab", t("commands.key_tab")],
    [`${written("Up")} ${written("Down")}`, t("commands.key_arrows")],
    [written("Shift F10"), t("commands.key_menu")],
    [t("commands.shift_drag"), t("commands.key_frame")],
    [t("commands.space_drag"), t("commands.key_pan")],
    [t("commands.double_click"), t("commands.key_double")],
    [t("commands.long_press"), t("commands.key_menu")],
  ];
  return (
    <Dialog title={t("commands.sheet")} onClose={() => store.set({ help: false })} testId="shortcuts">
      <div className="wj-sheet-groups">
        {GROUPS.map((group) => {
          const some = keyed.filter((command) => command.group === group);
          if (some.length === 0) return null;
          return (
            <section key={group} aria-label={groupTitle(group)}>
              <h3>{groupTitle(group)}</h3>
              <dl className="wj-keys">
                {some.map((command) => (
                  <Row key={command.id} keys={(command.keys ?? []).map((key) => written(key))} does={t(command.title)} />
                ))}
              </dl>
            </section>
          );
        })}
        <section aria-label={t("commands.group_hand")}>
          <h3>{t("commands.group_hand")}</h3>
          <dl className="wj-keys">
            {more.map(([keys, does]) => (
              <Row key={keys} keys={[keys]} does={does} />
            ))}
          </dl>
        </section>
      </div>
    </Dialog>
  );
}

function Row({ keys, does }: { keys: readonly string[]; does: string }) {
  return (
    <div>
      <dt>
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dt>
      <dd>{does}</dd>
    </div>
  );
}
