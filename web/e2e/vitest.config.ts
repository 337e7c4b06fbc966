import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Journeys through the built app, served by the built executable: `cargo build --package crm` and `npm run build` first. */
export default defineConfig({
  cacheDir: fileURLToPath(new URL("../node_modules/.vite-e2e", import.meta.url)),
  test: {
    root: fileURLToPath(new URL(".", import.meta.url)),
    include: ["**/*.test.ts"],
    // Two at a time: each waits for its suite and its browser half of the time.
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 120_000,
    // What a page loads again after a change may take a while on a busy machine.
    expect: { poll: { timeout: 20_000 } },
  },
});
