import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Journeys through the built app, served by the built executable: `cargo build --package crm` and `npm run build` first. */
export default defineConfig({
  cacheDir: fileURLToPath(new URL("../node_modules/.vite-e2e", import.meta.url)),
  test: {
    root: fileURLToPath(new URL(".", import.meta.url)),
    include: ["**/*.test.ts"],
    // One browser at a time: the machines that run this are small.
    fileParallelism: false,
    testTimeout: 90_000,
    hookTimeout: 120_000,
  },
});
