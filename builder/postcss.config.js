/**
 * Radix's style sheet (816 KB) without the components, breakpoints and colours that the studio does
 * not use. Nothing else is touched: what is not named here stays. The build lays this file beside
 * Vite (builder/lean.py), and says when a page uses a component that is missing in USED.
 */

import autoprefixer from "autoprefixer";
import imported from "postcss-import";

/** Radix's components with the parts that they are made of. */
const USED = {
  Dialog: ["Dialog", "BaseDialog", "Heading", "Text"],
  DropdownMenu: ["DropdownMenu", "BaseMenu", "ScrollArea", "PopperContent"],
  Popover: ["Popover", "PopperContent"],
  Theme: [],
};
const COLOURS = ["gray", "sand", "indigo", "red", "amber", "grass", "orange", "plum", "teal"];

const parts = [...new Set(Object.values(USED).flat())].join("|");
const OWN_PART = new RegExp(`\\.rt-(?:${parts})(?:[A-Z]\\w*)?(?![\\w-])`);
const A_PART = /\.rt-[A-Z]\w*/;
const UTILITY = /\.rt-r-(?!size-|align-|lt-|max-w|mb-)/;
const BREAKPOINT = /\.(?:xs|sm|md|lg|xl)\\:rt-/;
const SCALE = /^--([a-z]+)-(?:a?\d+|contrast|surface|indicator|track)$/;
const NAMED = /\[data-(?:accent|gray)-color=["']?([a-z]+)["']?\]/;
const NOT_SCALES = new Set(["accent", "focus", "black", "white", "color", "space", "shadow", "radius"]);

function unused(selector) {
  const colour = NAMED.exec(selector)?.[1];
  if (colour && !COLOURS.includes(colour)) return true;
  if (BREAKPOINT.test(selector) || UTILITY.test(selector)) return true;
  return A_PART.test(selector) && !OWN_PART.test(selector);
}

/** A plugin of PostCSS. */
const lean = {
  postcssPlugin: "wayline-lean",
  OnceExit(sheet) {
    sheet.walkRules((rule) => {
      if (rule.parent?.name === "keyframes") return;
      const kept = rule.selectors.filter((selector) => !unused(selector));
      if (kept.length === 0) rule.remove();
      else if (kept.length < rule.selectors.length) rule.selectors = kept;
    });
    sheet.walkDecls(SCALE, (declaration) => {
      const colour = SCALE.exec(declaration.prop)[1];
      if (!COLOURS.includes(colour) && !NOT_SCALES.has(colour)) declaration.remove();
    });
    const empty = (node) => node.nodes?.length === 0 && (node.type === "rule" || node.name !== "layer");
    for (let found = true; found; ) {
      found = false;
      sheet.walk((node) => {
        if (!empty(node)) return;
        node.remove();
        found = true;
      });
    }
  },
};

export default { plugins: [imported(), lean, autoprefixer()] };
