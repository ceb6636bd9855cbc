import { defineConfig } from "vitest/config";

/** ms after which a test that hangs has failed. None asserts how long it takes: a busy machine may need its time. */
const PATIENCE = 300_000;

export default defineConfig({
  test: {
    environment: "happy-dom",
    include: ["test/**/*.test.ts"],
    testTimeout: PATIENCE,
    hookTimeout: PATIENCE,
  },
});
