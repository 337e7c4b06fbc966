import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import type { Data, Page } from "../api/records";
import { nameKey } from "./names";
import type { Resource } from "./resource";

type Pages = InfiniteData<Page, string>;

/** More pages than that are not loaded again at once. */
const KEPT_PAGES = 3;

export const recordKey = (resource: Resource, id: string) => ["record", resource.name, id];
export const listKey = (resource: Resource) => ["list", resource.name];
export const countKey = (resource: Resource) => ["count", resource.name];

function changePages(queries: QueryClient, resource: Resource, change: (records: Data[]) => Data[]) {
  queries.setQueriesData<Pages>({ queryKey: listKey(resource) }, (data) =>
    data && { ...data, pages: data.pages.map((page) => ({ ...page, records: change(page.records) })) },
  );
}

/** Shows a record as it is now wherever it is shown. */
export function recordChanged(queries: QueryClient, resource: Resource, record: Data) {
  queries.setQueryData(recordKey(resource, record.id), record);
  queries.setQueryData(nameKey(resource.name, record.id), record);
  changePages(queries, resource, (records) => records.map((one) => (one.id === record.id ? record : one)));
  void queries.invalidateQueries({ queryKey: ["history", resource.name, record.id] });
}

/** Takes records out of every list. */
export function recordsGone(queries: QueryClient, resource: Resource, ids: string[]) {
  const gone = new Set(ids);
  changePages(queries, resource, (records) => records.filter((one) => !gone.has(one.id)));
  ids.forEach((id) => queries.removeQueries({ queryKey: recordKey(resource, id) }));
  void queries.invalidateQueries({ queryKey: countKey(resource) });
}

/** Loads the lists of a kind of record again, because there are more of it or their order is another. */
export function listsChanged(queries: QueryClient, resource: Resource) {
  queries.setQueriesData<Pages>({ queryKey: listKey(resource) }, (data) =>
    data && { pages: data.pages.slice(0, KEPT_PAGES), pageParams: data.pageParams.slice(0, KEPT_PAGES) },
  );
  for (const queryKey of [listKey(resource), countKey(resource), ["pick", resource.name]]) {
    // An answer that is on its way for the first time would otherwise count as new enough.
    void queries.cancelQueries({ queryKey }).then(() => queries.invalidateQueries({ queryKey }));
  }
}
