import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import { useCallback, useEffect, useMemo } from "react";
import { answer, client, type Schemas } from "../../api/client";
import { useMe } from "../../api/me";
import { scopeOf } from "../../api/permissions";
import { asProblem, Problem } from "../../api/problem";
import { useT } from "../../i18n";
import { problemText } from "../problem-text";
import { saveRecord } from "../record/save";
import { resourceNamed } from "../registry";
import type { Resource } from "../resource";
import { readView, writeView, type Kept, type SavedView } from "./saved";
import { deviceViews, takeOver } from "./take-over";

type View = Schemas["identity.View"];

const VIEW = "identity.view";
const SHARE = "identity.view.share";
/** More pages of views than that are not asked for. */
const MOST_PAGES = 10;
const NONE: View[] = [];

/** Where the views of a list are kept while the app is open. */
export const viewsKey = (resource: Resource) => ["pick", VIEW, resource.name];

async function fetchViews(resource: Resource, signal: AbortSignal): Promise<View[]> {
  const views: View[] = [];
  let page_token = "";
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const query = { resource: resource.name, page_size: 200, page_token };
    const page = await answer(client.GET("/v1/views", { params: { query }, signal }));
    views.push(...(page.views ?? []));
    page_token = page.next_page_token ?? "";
    if (!page_token) break;
  }
  return views;
}

/** The views of a list that whoever is signed in sees, and what can be done to them. */
export function useViews(resource: Resource) {
  const t = useT();
  const me = useMe();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const key = useMemo(() => viewsKey(resource), [resource]);
  const { data = NONE, isSuccess } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => fetchViews(resource, signal),
    staleTime: 60_000,
  });
  const views = useMemo(
    () => data.map((view) => readView(resource, view)).sort((one, other) => one.name.localeCompare(other.name)),
    [data, resource],
  );
  const put = useCallback(
    (change: (views: View[]) => View[]) => queries.setQueryData<View[]>(key, (before) => change(before ?? NONE)),
    [queries, key],
  );
  const replace = useCallback((view: View) => put((all) => all.map((one) => (one.id === view.id ? view : one))), [put]);
  // One after the other, so that what was done last is what stands.
  const work = useMutation({
    scope: { id: VIEW },
    mutationFn: (act: () => Promise<unknown>) => act(),
    onError: (error) => {
      void message.error(problemText(asProblem(error), t));
      void queries.invalidateQueries({ queryKey: key });
    },
  });
  const { mutate } = work;

  const store = useCallback(
    async (values: Record<string, unknown>, id?: string) => {
      const kind = resourceNamed(VIEW);
      if (!kind) return undefined;
      // Without an etag: what somebody sees of his or her own list is not worth a question.
      const record = id ? { id, name: views.find((one) => one.id === id)?.name } : undefined;
      const saved = await saveRecord({ resource: kind, record, values, owner: me.user.id, queries });
      if (saved.state === "kept") void message.warning(t("ui.outbox.kept"));
      if (saved.state === "conflict") throw new Problem({ status: 409, reason: "STALE" });
      return saved.state === "saved" ? (saved.record as View) : undefined;
    },
    [views, me.user.id, queries, message, t],
  );

  /** Keeps a new view. */
  const create = useCallback(
    async (kept: Kept): Promise<SavedView | undefined> => {
      const created = await store({ ...writeView(kept), resource: resource.name });
      if (!created) return undefined;
      put((all) => [created, ...all.filter((one) => one.id !== created.id)]);
      return readView(resource, created);
    },
    [store, put, resource],
  );
  /** Changes a view, at once for whoever looks. */
  const change = useCallback(
    (id: string, kept: Partial<Kept>) => {
      const values = writeView(kept);
      put((all) => all.map((one) => (one.id === id ? { ...one, ...values } : one)));
      mutate(() => store(values, id));
    },
    [put, mutate, store],
  );
  const remove = useCallback(
    (id: string) => {
      put((all) => all.filter((one) => one.id !== id));
      mutate(() => answer(client.DELETE("/v1/views/{id}", { params: { path: { id } } })));
    },
    [put, mutate],
  );
  const share = useCallback(
    (id: string, shared: boolean) => {
      const path = shared ? "/v1/views/{id}/share" : "/v1/views/{id}/unshare";
      mutate(async () => replace(await answer(client.POST(path, { params: { path: { id } }, body: {} }))));
    },
    [mutate, replace],
  );
  /** Makes the list open with a view, or with none. */
  const choose = useCallback(
    (id: string | undefined) => {
      put((all) => all.map((one) => ({ ...one, is_default: one.id === id })));
      mutate(() => answer(client.POST("/v1/views:setDefault", { body: { resource: resource.name, view_id: id ?? "" } })));
    },
    [put, mutate, resource],
  );

  const owner = me.user.id;
  useEffect(() => {
    const kind = resourceNamed(VIEW);
    if (!isSuccess || !kind || deviceViews(owner, resource.name).length === 0) return;
    void takeOver(owner, resource.name, kind.api.create).then((any) => (any ? queries.invalidateQueries({ queryKey: key }) : undefined));
  }, [isSuccess, owner, resource, queries, key]);

  const scope = scopeOf(me, SHARE);
  const mine = (view: SavedView) => view.userId === owner;
  return {
    views,
    isLoaded: isSuccess,
    create,
    change,
    remove,
    share,
    choose,
    mine,
    mayChange: (view: SavedView) => mine(view) || scope === "SCOPE_ALL",
    mayShare: (view: SavedView) => scope !== undefined && (mine(view) || scope === "SCOPE_ALL"),
  };
}
