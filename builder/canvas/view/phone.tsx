/** The bar in thumb's reach on a phone. */

import { useEditor, useStore } from "./context";
import { Icon } from "./icons";

export type Sheet = "none" | "add" | "settings" | "canvas";

export function PhoneBar({ sheet, setSheet }: { sheet: Sheet; setSheet: (sheet: Sheet) => void }) {
  const store = useStore();
  const canEdit = useEditor((s) => s.canEdit);
  const items: { sheet: Sheet; icon: string; label: string }[] = [
    { sheet: "none", icon: "list", label: "Outline" },
    { sheet: "canvas", icon: "waypoints", label: "Canvas" },
    ...(canEdit ? [{ sheet: "add" as const, icon: "plus", label: "Add" }] : []),
    { sheet: "settings", icon: "settings-2", label: "Settings" },
  ];
  return (
    <nav className="wj-phone-bar" aria-label="Editor">
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
