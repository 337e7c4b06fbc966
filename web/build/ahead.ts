import type { HtmlTagDescriptor, Plugin } from "vite";

/** The module that is the app; the page's own script only begins to load it. */
const APP = /\/src\/main\.tsx$/;

/** Has the page itself name the scripts that every page of the app needs, so that they come with the first one. */
export function scriptsAhead(): Plugin {
  return {
    name: "scripts-ahead",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(_, { bundle = {} }) {
        const chunks = Object.values(bundle).filter((output) => output.type === "chunk");
        const needed = new Set<string>();
        const add = (file: string) => {
          if (needed.has(file)) return;
          needed.add(file);
          chunks.find(({ fileName }) => fileName === file)?.imports.forEach(add);
        };
        chunks.filter(({ moduleIds }) => moduleIds.some((id) => APP.test(id))).forEach(({ fileName }) => add(fileName));
        const entries = new Set(chunks.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName));
        return [...needed]
          .filter((file) => !entries.has(file))
          .map((file): HtmlTagDescriptor => ({ tag: "link", attrs: { rel: "modulepreload", crossorigin: true, href: `/${file}` }, injectTo: "head" }));
      },
    },
  };
}
