import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { kernels } from "./kernels.mjs";

const tests = "test/**/*.test.ts";
// These change modules or classes, for every file in the same process.
const changing = globSync(tests, { cwd: import.meta.dirname }).filter((file) =>
  /vi\.mock\(|\.prototype, "/.test(readFileSync(join(import.meta.dirname, file), "utf8")),
);

export default defineConfig({
  root: import.meta.dirname,
  test: {
    environment: "happy-dom",
    setupFiles: "test/afterwards.ts",
    testTimeout: 120_000,
    maxWorkers: "100%",
    projects: [
      // Without processes and modules of their own, all files take half as long.
      { extends: true, test: { name: "together", include: [tests], exclude: changing, isolate: false } },
      { extends: true, test: { name: "apart", include: changing } },
    ],
  },
  define: { VW_KERNELS: JSON.stringify(await kernels()), VW_WORKER: '""' }, // as in the build
  server: { fs: { allow: [".."] } }, // saved replays, which the Python tests read as well
});
