/**
 * Of Radix's style sheet (816 KB) only what the studio's pages use is shipped (70 KB). The build
 * lays this file beside Vite (builder/lean.py). A new Radix component needs its name in RADIX.
 */

import { readdirSync, readFileSync } from "node:fs";

const RADIX = [
  "_internal/base-dialog",
  "_internal/base-menu",
  "dialog",
  "dropdown-menu",
  "heading",
  "icons",
  "popover",
  "scroll-area",
  "segmented-control",
  "text",
  "theme",
];
const themes = "node_modules/@radix-ui/themes/dist/esm";

/** What our own sheets name: the editor's are built apart, so that its uses are not seen here. */
function named() {
  const sheets = readdirSync("public", { recursive: true }).filter((file) => file.endsWith(".css"));
  const texts = sheets.map((file) => readFileSync(`public/${file}`, "utf8"));
  return [...new Set(texts.flatMap((text) => text.match(/--[\w-]+/g) ?? []))];
}

export default {
  plugins: {
    "postcss-import": {},
    "@fullhuman/postcss-purgecss": {
      content: [
        ...RADIX.map((name) => `${themes}/components/${name}*.js`),
        `${themes}/props/*.js`,
        "app/**/*.jsx",
        "app_components/**/*.jsx",
        "components/**/*.{js,jsx}",
        "utils/**/*.{js,jsx}",
        "public/**/*.{ts,tsx}",
      ],
      defaultExtractor: (text) => text.match(/[\w-]+%?/g) ?? [],
      variables: true,
      safelist: {
        // Our own names are put together now and then, as Radix's sizes are; libraries bring theirs.
        standard: [/^w[lj]-/, /^react-flow/, /^cm-/, /^(light|dark)/, /^rt-(r-size|variant)-/, "svg", "img"],
        // With a class of a library's own beside it, as in ".react-flow__background-pattern.dots".
        greedy: [/^react-flow/, /^cm-/, /^w[lj]-/],
        variables: [/^--w[lj]-/, /^--xy-/, ...named()],
      },
    },
    autoprefixer: {},
  },
};
