import type { QueryClient } from "@tanstack/react-query";
import { ME, fetchMe } from "../api/me";

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

/** Asks at once for what the address will need, which would otherwise be asked for one after the other. */
export function loadAhead(queries: QueryClient, path = location.pathname) {
  const [first = "", second] = path.split("/").slice(1);
  void queries.prefetchQuery({ queryKey: ME, queryFn: fetchMe });
  if (first in front) return void front[first as keyof typeof front]().catch(() => undefined);
  const name = `${first}/${second}` in pages ? `${first}/${second}` : first;
  // A page that fails to load now is loaded again, and its failure shown, when it is its turn.
  void shell().catch(() => undefined);
  if (name in pages) void pages[name as keyof typeof pages]().catch(() => undefined);
}
