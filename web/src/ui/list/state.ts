import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { useMe } from "../../api/me";
import { usePreference } from "../../api/preferences";
import type { ListQuery } from "../../api/records";
import { kindOf } from "../kinds";
import type { Resource } from "../resource";
import { formatFilter, parseFilter, requested, type Filter } from "./filter";

/** A column of a list, from left to right. */
export interface Column {
  name: string;
  width: number;
}

/** What a list shows: everything but the records. */
export interface ListState {
  query: string;
  filters: Filter[];
  order: string;
  deleted: boolean;
}

/** What a person has kept of a list under a name. */
export interface SavedView extends ListState {
  id: string;
  name: string;
  columns: Column[];
}

function read(parameters: URLSearchParams): ListState {
  return {
    query: parameters.get("q") ?? "",
    filters: parameters.getAll("f").flatMap((text) => parseFilter(text) ?? []),
    order: parameters.get("o") ?? "",
    deleted: parameters.has("deleted"),
  };
}

function write(state: ListState, view?: string): URLSearchParams {
  const parameters = new URLSearchParams();
  if (view) parameters.set("view", view);
  if (state.query) parameters.set("q", state.query);
  state.filters.forEach((filter) => parameters.append("f", formatFilter(filter)));
  if (state.order) parameters.set("o", state.order);
  if (state.deleted) parameters.set("deleted", "1");
  return parameters;
}

/** The state of a list, which its address holds: it survives going back, and can be sent to somebody. */
export function useListState() {
  const [parameters, setParameters] = useSearchParams();
  const state = useMemo(() => read(parameters), [parameters]);
  const view = parameters.get("view") ?? "";
  const change = useCallback(
    (patch: Partial<ListState>) =>
      setParameters((before) => write({ ...read(before), ...patch }, before.get("view") ?? ""), { replace: true }),
    [setParameters],
  );
  const open = useCallback(
    (saved: SavedView | undefined) =>
      setParameters(saved ? write(saved, saved.id) : new URLSearchParams(), { replace: false }),
    [setParameters],
  );
  return { state, view, change, open };
}

/** What the API is asked for. */
export function useListQuery(state: ListState, fixed: readonly string[] = []): ListQuery {
  const { user } = useMe();
  return useMemo(
    () => ({
      query: state.query.trim() || undefined,
      filter: [...fixed, ...state.filters.map((filter) => requested(filter, user.id))],
      order_by: state.order || undefined,
      show_deleted: state.deleted || undefined,
    }),
    [state, fixed, user.id],
  );
}

/** The columns that a list has before anybody has chosen others. */
export function initialColumns(resource: Resource): Column[] {
  return resource.fields
    .filter((field) => field.shown)
    .map((field) => ({ name: field.name, width: field.width ?? kindOf(field).width }));
}

/** The columns of a list: those of the open view, or else those that were chosen last. */
export function useColumns(resource: Resource, view: SavedView | undefined, saveView: (view: SavedView) => void) {
  const [chosen, choose] = usePreference<Column[] | null>(`columns:${resource.name}`, null);
  const columns = useMemo(() => view?.columns ?? chosen ?? initialColumns(resource), [view, chosen, resource]);
  const setColumns = useCallback(
    (next: Column[] | null) => {
      if (view) saveView({ ...view, columns: next ?? initialColumns(resource) });
      else choose(next);
    },
    [view, saveView, choose, resource],
  );
  return { columns, setColumns };
}

const NONE: SavedView[] = [];

/** The views that whoever is signed in has kept of a list. */
export function useViews(resource: Resource) {
  const [views, setViews] = usePreference<SavedView[]>(`views:${resource.name}`, NONE);
  const save = useCallback(
    (view: SavedView) => {
      const known = views.some((one) => one.id === view.id);
      setViews(known ? views.map((one) => (one.id === view.id ? view : one)) : [...views, view]);
    },
    [views, setViews],
  );
  const remove = useCallback((id: string) => setViews(views.filter((one) => one.id !== id)), [views, setViews]);
  return { views, save, remove };
}
