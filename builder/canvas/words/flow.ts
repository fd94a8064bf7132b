/** What React Flow itself says to screen readers, in the language in use. */

import type { AriaLabelConfig } from "@xyflow/react";

import { formatter, t, type Key } from ".";

const DIRECTIONS: { readonly [direction: string]: Key } = {
  up: "editor.up",
  down: "editor.down",
  left: "editor.left",
  right: "editor.right",
};

/** For `ariaLabelConfig`; the same object as long as the language is the same. */
export function flowWords(): Partial<AriaLabelConfig> {
  return formatter("flow", () => ({
    "node.a11yDescription.default": t("editor.flow_node"),
    "node.a11yDescription.keyboardDisabled": t("editor.flow_node"),
    "node.a11yDescription.ariaLiveMessage": ({ direction, x, y }: { direction: string; x: number; y: number }) => {
      const way = DIRECTIONS[direction];
      return t("editor.flow_moved", { way: way ? t(way) : direction, x, y });
    },
    "edge.a11yDescription.default": t("editor.flow_edge"),
    "minimap.ariaLabel": t("editor.flow_map"),
    "handle.ariaLabel": t("editor.flow_handle"),
  }));
}
