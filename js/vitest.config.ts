import { defineConfig } from "vitest/config";
import { kernels } from "./kernels.mjs";

export default defineConfig({
  test: { environment: "happy-dom", include: ["test/**/*.test.ts"], testTimeout: 120_000, maxWorkers: "100%" },
  define: { VW_KERNELS: JSON.stringify(await kernels()), VW_WORKER: '""' }, // as in the build
  server: { fs: { allow: [".."] } }, // saved replays, which the Python tests read as well
});
