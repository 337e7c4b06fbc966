import type { Plugin } from "vite";
import { cp, mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** Gathers in dist/docs the page that shows the API to people. */
export function apiDocs(): Plugin {
  const path = (relative: string) => fileURLToPath(new URL(`../${relative}`, import.meta.url));
  return {
    name: "api-docs",
    apply: "build",
    async closeBundle() {
      await mkdir(path("dist/docs"), { recursive: true });
      await cp(path("docs"), path("dist/docs"), { recursive: true });
      for (const file of ["swagger-ui-bundle.js", "swagger-ui.css", "LICENSE", "NOTICE"]) {
        await cp(path(`node_modules/swagger-ui-dist/${file}`), path(`dist/docs/${file}`));
      }
    },
  };
}
