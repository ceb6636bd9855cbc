import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { environment: "happy-dom", include: ["test/**/*.test.ts"], testTimeout: 120_000 },
  server: { fs: { allow: [".."] } }, // saved replays, which the Python tests read as well
});
