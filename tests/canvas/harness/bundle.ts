/** Bundles the page into the folder that is given: `bun harness/bundle.ts FOLDER`. */

import { join, resolve } from "node:path";

const here = resolve(import.meta.dir, "..");
const folder = process.argv[2];
if (!folder) throw new Error("Give the folder to bundle into.");

const result = await Bun.build({
  entrypoints: [join(here, "harness/page.tsx"), resolve(here, "../../builder/canvas/arrange/elk.worker.ts")],
  outdir: folder,
  naming: "[name].[ext]",
  define: { "process.env.NODE_ENV": '"production"' },
  minify: false,
  plugins: [
    {
      // The island's own files stand outside of this folder: their packages are found here.
      name: "packages",
      setup(build) {
        build.onResolve({ filter: /^[a-z@]/ }, ({ path }) => ({ path: Bun.resolveSync(path, here) }));
      },
    },
    {
      // Vite finds a worker by its source and names what it makes of it; here it is named for itself,
      // and lies beside the page, wherever the page's script comes from.
      name: "worker",
      setup(build) {
        build.onLoad({ filter: /arrange\/laying\.ts$/ }, async ({ path }) => ({
          contents: (await Bun.file(path).text()).replace('"./elk.worker.ts", import.meta.url', '"/elk.worker.js", location.origin'),
          loader: "ts",
        }));
      },
    },
  ],
});
if (!result.success) throw new AggregateError(result.logs, "The page was not bundled.");

const colors = ["sand", "indigo", "red", "amber", "grass", "orange", "plum", "teal"];
const files = colors.flatMap((c) => [`${c}.css`, `${c}-alpha.css`, `${c}-dark.css`, `${c}-dark-alpha.css`]);
const scales = await Promise.all(
  files.map((file) => Bun.file(join(here, "node_modules/@radix-ui/colors", file)).text()),
);
await Bun.write(join(folder, "scales.css"), scales.join("\n"));
const fonts = {
  "inter.woff2": "inter/files/inter-latin-wght-normal.woff2",
  "inter-ext.woff2": "inter/files/inter-latin-ext-wght-normal.woff2",
  "jetbrains-mono.woff2": "jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2",
};
for (const [name, path] of Object.entries(fonts)) {
  const file = Bun.file(join(here, "node_modules/@fontsource-variable", path));
  await Bun.write(join(folder, "fonts", name), file);
}
