// Gathers in dist/ what the gateway serves.
import { cp, mkdir, rm } from "node:fs/promises";

await rm("dist", { recursive: true, force: true });
await mkdir("dist", { recursive: true });
await cp("docs", "dist/docs", { recursive: true });
for (const file of ["swagger-ui-bundle.js", "swagger-ui.css", "LICENSE", "NOTICE"]) {
  await cp(`node_modules/swagger-ui-dist/${file}`, `dist/docs/${file}`);
}
