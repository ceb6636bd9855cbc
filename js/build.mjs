// Bundles the front end into one ES module, one script and one style sheet, where the Python package expects them.
import { build } from "esbuild";

const common = {
  bundle: true,
  target: "es2022",
  minify: true,
  legalComments: "inline",
  outdir: "../vultorch_widget/static",
  logLevel: "warning",
};
await build({ ...common, entryPoints: { widget: "src/widget.ts" }, format: "esm" });
// The player of exported pages, a classic script. Its styles are the widget's.
await build({
  ...common,
  entryPoints: { replay: "src/replay.ts" },
  format: "iife",
  charset: "ascii",
  loader: { ".css": "empty" },
});
