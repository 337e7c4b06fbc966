import { keepPreviousData, useInfiniteQuery, useQueryClient, type InfiniteData, type QueryKey } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import type { ListQuery, Page } from "../../api/records";
import { listKey } from "../cache";
import type { Resource } from "../resource";

/** Where a page of a list begins, and where the page before it does: the way back is known, however long. */
interface Start {
  token: string;
  /** How many records stand before it. */
  from: number;
  before?: Start;
}

const PAGE = 100;
/** So many pages are held; those farthest from what is seen are forgotten, and asked for again when one comes back. */
const HELD = 10;
/** So many records before the edge of what is held, more is asked for. */
const AHEAD = 60;
/** Of a list that one is deep in, not everything is asked for again whenever one looks at it. */
const REFRESHED = 3;
const FIRST: Start = { token: "", from: 0 };

/** The records of a list around those that are seen; a list may have any number of them. */
export function usePages(resource: Resource, query: ListQuery) {
  const queries = useQueryClient();
  const key = useMemo(() => [...listKey(resource), query], [resource, query]);
  const held = queries.getQueryData<InfiniteData<Page>>(key)?.pages.reduce((sum, page) => sum + page.records.length, 0) ?? 0;
  const list = useInfiniteQuery<Page, Error, InfiniteData<Page, Start>, QueryKey, Start>({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => resource.api.list({ ...query, page_size: PAGE }, pageParam.token, signal),
    initialPageParam: FIRST,
    getNextPageParam: (page, _, start) =>
      page.next ? { token: page.next, from: start.from + page.records.length, before: start } : undefined,
    getPreviousPageParam: (_, __, start) => start.before,
    // Pages of what is rare have few records, and are not too many to hold.
    maxPages: held < PAGE ? 0 : HELD,
    placeholderData: keepPreviousData,
    staleTime: 15_000,
    refetchOnWindowFocus: ({ state }) => (state.data?.pages.length ?? 0) <= REFRESHED,
  });
  const { data, isPlaceholderData, hasNextPage, fetchNextPage, fetchPreviousPage, refetch } = list;
  const records = useMemo(() => data?.pages.flatMap((page) => page.records) ?? [], [data]);
  const from = data?.pageParams[0]?.from ?? 0;
  const end = from + records.length;

  // How far one has been, so that the way there and back stays as long as it is.
  const [been, setBeen] = useState({ key, end: 0, start: FIRST });
  if (!isPlaceholderData && (been.key !== key || been.end < end)) {
    setBeen({ key, end, start: data?.pageParams.at(-1) ?? FIRST });
  }
  const isMoving = list.isFetchingNextPage || list.isFetchingPreviousPage || (records.length === 0 && list.isFetching);
  const known = been.key === key && hasNextPage ? Math.max(been.end, end) : end;

  /** Sees to it that the records from one to another are there, or will be. */
  const see = useCallback(
    (first: number, last: number) => {
      if (isMoving || isPlaceholderData || !data) return;
      if (last < from - PAGE || first > end + PAGE) {
        let start = been.start;
        while (start.before && start.from > first) start = start.before;
        queries.setQueryData<InfiniteData<Page, Start>>(key, { pages: [{ records: [], next: start.token }], pageParams: [start] });
        void refetch();
      } else if (hasNextPage && last >= end - AHEAD) void fetchNextPage();
      else if (from > 0 && first < from + AHEAD) void fetchPreviousPage();
    },
    [isMoving, isPlaceholderData, data, from, end, been.start, queries, key, refetch, hasNextPage, fetchNextPage, fetchPreviousPage],
  );
  return { list, records, from, known, shown: been.key, see };
}
