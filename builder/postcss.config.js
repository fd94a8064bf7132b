/**
 * Of Radix's style sheet (816 KB) only what the studio's pages use is shipped (70 KB). The build
 * lays this file beside Vite (builder/lean.py). A new Radix component needs its name in RADIX.
 */

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
      defaultExtractor: (text) => text.match(/[\w-]+/g) ?? [],
      variables: true,
      safelist: {
        // Our own names are put together now and then, as Radix's sizes are; libraries bring theirs.
        standard: [/^w[lj]-/, /^react-flow/, /^cm-/, /^(light|dark)/, /^rt-(r-size|variant)-/, "svg", "img"],
        // Colours of the scales are also named by the editor's sheets, which this one does not see.
        variables: [/^--w[lj]-/, /^--xy-/, /^--(sand|indigo|red|amber|grass|orange|plum|teal)-a?\d+$/],
      },
    },
    autoprefixer: {},
  },
};
