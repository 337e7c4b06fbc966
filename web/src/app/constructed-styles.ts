/**
 * Takes the place of `@rc-component/util/Dom/dynamicCSS` in the build (see build/styles.ts): the same functions over
 * constructed style sheets, which a policy without inline styles allows.
 */

interface Options {
  prepend?: boolean | "queue";
  priority?: number;
}

interface Entry {
  sheet: CSSStyleSheet;
  css: string;
  rank: number;
}

const entries = new Map<string, Entry>();

/** Sheets in front come first, among them those of less priority; equal ones stay in the order of their coming. */
function adopt() {
  const sorted = [...entries.values()].sort((one, other) => one.rank - other.rank);
  document.adoptedStyleSheets = sorted.map((entry) => entry.sheet);
}

/** Adds a style sheet or changes the one of the same key; answers an element that stands for it. */
export function updateCSS(css: string, key: string, { prepend, priority = 0 }: Options = {}): HTMLStyleElement {
  const entry = entries.get(key);
  if (!entry) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    entries.set(key, { sheet, css, rank: prepend ? priority - 10_000 : 0 });
    adopt();
  } else if (entry.css !== css) {
    entry.sheet.replaceSync(css);
    entry.css = css;
  }
  return document.createElement("style");
}

/** Takes a style sheet away. */
export function removeCSS(key: string) {
  if (entries.delete(key)) {
    adopt();
  }
}

/** Adds a style sheet for good. */
export function injectCSS(css: string, options?: Options): HTMLStyleElement {
  return updateCSS(css, `injected-${entries.size}`, options);
}

/** Does nothing: there is no container whose place could be remembered. */
export function clearContainerCache() {}

/** Finds nothing: no part of the page has a document of its own. */
export function getShadowRoot() {
  return undefined;
}

/** Says nothing: warnings are for those who write the components. */
export function warningOnce() {}
