import type { Plugin } from "vite";
import { fileURLToPath } from "node:url";

/**
 * Ant Design writes its styles while the page runs, into `<style>` elements, which the page's security policy refuses.
 * Its packages do so through one module, of which the icons have a copy; this puts ours in its place, which uses
 * constructed style sheets.
 */
export function constructedStyles(): Plugin {
  const replacement = fileURLToPath(new URL("../src/app/constructed-styles.ts", import.meta.url));
  return {
    name: "constructed-styles",
    enforce: "pre",
    apply: "build",
    resolveId(source, importer) {
      const injects = /(^|\/)dynamicCSS(\.js)?$/.test(source) || source === "./cssUtils";
      return injects && /node_modules\/@(ant-design|rc-component)\//.test(importer ?? "") ? replacement : undefined;
    },
  };
}
