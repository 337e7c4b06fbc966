import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { apiDocs } from "./build/api-docs.ts";
import { constructedStyles } from "./build/styles.ts";

export default defineConfig({
  plugins: [react(), constructedStyles(), apiDocs()],
  build: {
    target: "es2022",
    // A script in the page would break the security policy; browsers of this target preload by themselves.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    // What all pages need and what changes with a new version of it only stays with the browser through ours.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "react", test: /node_modules\/(react|react-dom|react-router|scheduler|@tanstack\/(react-query|query-core)|i18next)\// }] } } },
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
