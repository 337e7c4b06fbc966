import { askAhead } from "../api/ahead";
import { loaders } from "../i18n/languages";
import { chosenLanguage } from "./chosen";

/** What loads the pages of each domain, by the first part of their paths. */
export const pages = {
  sales: () => import("../sales/pages"),
  customers: () => import("../customers/pages"),
  "sales/settings": () => import("../sales/settings/pages"),
  settings: () => import("../settings/pages"),
};

/** What loads the pages that one sees before one is in, by their paths. */
export const front = {
  "sign-in": () => import("./sign-in/sign-in"),
  "forgot-password": () => import("./sign-in/forgot"),
  "reset-password": () => import("./sign-in/token"),
  activate: () => import("./sign-in/token"),
};

/** What loads the frame of every other page. */
export const shell = () => import("./shell/shell");

/** Whether an address is that of a page that one sees before one is in. */
export const isFront = (path: string) => path.slice(1) in front;

/** Lists that are asked for their first page just as they are opened. */
const LISTS = ["accounts", "contacts"];
const RECORD = /^\/(?:customers|sales)\/(accounts|contacts|leads|opportunities|products)\/([0-9a-f-]{36})$/;

/** What the page of an address asks the API for, as far as the address tells. */
function asksFor(path: string, search: string): string[] {
  const [, kind, id] = RECORD.exec(path) ?? [];
  if (kind) return [`/v1/${kind}/${id}`];
  const list = LISTS.find((one) => path === `/customers/${one}`);
  return list && !search ? [`/v1/${list}?page_size=100`, `/v1/${list}:count`] : [];
}

/** Asks at once for what the address will need, which would otherwise be asked for one after the other. */
export function loadAhead({ pathname, search } = location) {
  askAhead("/v1/me");
  const [first = "", second] = pathname.split("/").slice(1);
  const name = `${first}/${second}` in pages ? `${first}/${second}` : first;
  const needed: (() => Promise<unknown>)[] = [loaders[chosenLanguage()]];
  if (isFront(pathname)) needed.push(front[first as keyof typeof front]);
  else {
    asksFor(pathname, search).forEach(askAhead);
    needed.push(shell);
    if (name in pages) needed.push(pages[name as keyof typeof pages]);
  }
  // What fails to load now is loaded again, and its failure shown, when it is its turn.
  needed.forEach((load) => void load().catch(() => undefined));
}
