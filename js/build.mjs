// Bundles the front end into one ES module and one style sheet, where the Python package expects them.
import { build } from "esbuild";

await build({
  entryPoints: { widget: "src/widget.ts" },
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "inline",
  outdir: "../vultorch_widget/static",
  logLevel: "warning",
});
