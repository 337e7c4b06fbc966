import { defineConfig } from "vitest/config";
import journeys from "./vitest.config";

/** What a person measures on a machine that does nothing else, because it depends on it. */
export default defineConfig({
  ...journeys,
  test: { ...journeys.test, include: ["**/*.measure.ts"], testTimeout: 3_600_000, hookTimeout: 1_800_000, disableConsoleIntercept: true },
});
