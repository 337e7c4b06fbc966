interface Graph {
  getModuleInfo(id: string): { importers: readonly string[]; dynamicImporters: readonly string[] } | null;
}

/** What begins a part of the app, which is loaded as a whole. */
const BEGINS = {
  app: /\/src\/main\.tsx$/,
  front: /\/src\/app\/sign-in\/(sign-in|forgot|token)\.tsx$/,
  shell: /\/src\/app\/shell\/shell\.tsx$/,
  lists: /\/src\/customers\/pages\.tsx$/,
  controls: /\/src\/ui\/(loaded-controls\.ts|record\/editor-drawer\.tsx|list\/bulk-bar\.tsx)$/,
};
type Part = keyof typeof BEGINS;

const parts = new Map<string, Set<Part>>();

/** The parts of the app that need a module at once. */
function partsOf(id: string, graph: Graph): Set<Part> {
  const known = parts.get(id);
  if (known) return known;
  const found = new Set<Part>();
  const seen = new Set<string>();
  const left = [id];
  for (let module = left.pop(); module !== undefined; module = left.pop()) {
    if (seen.has(module)) continue;
    seen.add(module);
    for (const [part, begins] of Object.entries(BEGINS)) if (begins.test(module)) found.add(part as Part);
    left.push(...(graph.getModuleInfo(module)?.importers ?? []));
  }
  parts.set(id, found);
  return found;
}

/** The file in which a module goes. */
function fileOf(id: string, graph: Graph): string | null {
  const needs = partsOf(id, graph);
  if (needs.has("app") || (needs.has("front") && needs.has("shell"))) return "app";
  if (needs.has("shell") || needs.has("lists")) return "work";
  if (needs.has("front")) return "front";
  return needs.has("controls") ? "controls" : null;
}

/**
 * Few files, so that a page is there after few requests, each with what is needed at the same time; what comes first
 * takes along what others need as well. What only single pages need is left to them.
 */
export const files = ["app", "work", "front", "controls"].map((file, at) => ({
  name: (id: string, graph: Graph) => (fileOf(id, graph) === file ? file : null),
  priority: 4 - at,
}));
