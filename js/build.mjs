// Bundles the front end into one ES module, one script and one style sheet, where the Python package expects them.

import { readFileSync } from "node:fs";
import { build } from "esbuild";
import { kernels } from "./kernels.mjs";

// The licences of what is bundled ask for their notices in every copy: these files, and pages that they are put into.
const { dependencies } = JSON.parse(readFileSync("package.json", "utf8"));
const notices = Object.keys(dependencies).map((name) => {
  const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
  return `${name} ${version}\n\n${readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim()}`;
});
const banner = `/*! This file contains:\n\n${notices.join("\n\n")}\n*/`;

const common = {
  define: { VW_KERNELS: JSON.stringify(await kernels()) },
  bundle: true,
  target: "es2022",
  minify: true,
  legalComments: "inline",
  banner: { js: banner, css: banner },
  outdir: "../vultorch_widget/static",
  logLevel: "warning",
};
// The worker of a training in the page, as text: a page from a file can start it from a blob only.
const worker = await build({
  ...common,
  entryPoints: ["src/training/worker.ts"],
  format: "iife",
  charset: "ascii",
  banner: {},
  write: false,
});
common.define.VW_WORKER = JSON.stringify(worker.outputFiles[0].text);
await build({ ...common, entryPoints: { widget: "src/widget.ts" }, format: "esm" });
// The player of exported pages, a classic script. Its styles are the widget's.
await build({
  ...common,
  entryPoints: { replay: "src/replay/mount.ts" },
  format: "iife",
  charset: "ascii",
  loader: { ".css": "empty" },
});
