import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { scriptsAhead } from "./build/ahead.ts";
import { apiDocs } from "./build/api-docs.ts";
import { files } from "./build/chunks.ts";
import { singleComponents } from "./build/components.ts";
import { constructedStyles } from "./build/styles.ts";

export default defineConfig({
  plugins: [react(), singleComponents(), constructedStyles(), scriptsAhead(), apiDocs()],
  build: {
    target: "es2022",
    // A script in the page would break the security policy; browsers of this target preload by themselves.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "start", priority: 6, tags: ["$initial"] },
            // What changes with a new version of it only stays with the browser through ours.
            { name: "react", priority: 5, test: /node_modules\/(react|react-dom|react-router|scheduler|@tanstack\/(react-query|query-core)|i18next)\// },
            ...files,
          ],
        },
      },
    },
  },
  server: {
    // Where `crm serve` listens; the help shows pages of the folder above.
    proxy: { "/v1": process.env.CRM_URL ?? "http://localhost:8080" },
    fs: { allow: [".."] },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
  },
});
