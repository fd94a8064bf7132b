/** The bar in thumb's reach on a phone. */

import { t } from "../words";
import { useEditor, useStore } from "./context";
import { Icon } from "./icons";

export type Sheet = "none" | "add" | "settings" | "canvas";

export function PhoneBar({ sheet, setSheet }: { sheet: Sheet; setSheet: (sheet: Sheet) => void }) {
  const store = useStore();
  const canEdit = useEditor((s) => s.canEdit);
  const items: { sheet: Sheet; icon: string; label: string }[] = [
    { sheet: "none", icon: "list", label: t("adding.bar_outline") },
    { sheet: "canvas", icon: "waypoints", label: t("adding.bar_canvas") },
    ...(canEdit ? [{ sheet: "add" as const, icon: "plus", label: t("adding.bar_add") }] : []),
    { sheet: "settings", icon: "settings-2", label: t("adding.bar_settings") },
  ];
  return (
    <nav className="wj-phone-bar" aria-label={t("adding.bar")}>
      {items.map((item) => (
        <button
          key={item.sheet}
          type="button"
          aria-pressed={sheet === item.sheet}
          onClick={() => {
            if (item.sheet !== "add") store.select([]);
            setSheet(item.sheet);
          }}
        >
          <Icon name={item.icon} size={20} />
          {item.label}
        </button>
      ))}
    </nav>
  );
}
