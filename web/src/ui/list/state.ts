import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { useMe } from "../../api/me";
import { usePreference } from "../../api/preferences";
import type { ListQuery } from "../../api/records";
import type { Resource } from "../resource";
import { formatFilter, parseFilter, requested } from "./filter";
import { initialColumns, type Column, type ListState, type SavedView } from "./saved";

function read(parameters: URLSearchParams): ListState {
  return {
    query: parameters.get("q") ?? "",
    filters: parameters.getAll("f").flatMap((text) => parseFilter(text) ?? []),
    order: parameters.get("o") ?? "",
    deleted: parameters.has("deleted"),
  };
}

/** Stands in an address for no view at all, where the list would open with one. */
const NO_VIEW = "none";

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
    (patch: Partial<ListState> | ((now: ListState) => Partial<ListState>)) => {
      // The address is ahead of what is drawn: of two quick changes the second builds on the first.
      const before = new URLSearchParams(window.location.search);
      const now = read(before);
      const after = write({ ...now, ...(typeof patch === "function" ? patch(now) : patch) }, before.get("view") ?? "");
      setParameters(after.size > 0 ? after : { view: NO_VIEW }, { replace: true });
    },
    [setParameters],
  );
  const open = useCallback(
    (saved: SavedView | undefined, replace = false) => setParameters(saved ? write(saved, saved.id) : { view: NO_VIEW }, { replace }),
    [setParameters],
  );
  // Nobody has said yet what the list shall show.
  return { state, view, change, open, isUntouched: parameters.size === 0 };
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

/** The columns of a list: those of the open view, or else those that were chosen last. */
export function useColumns(resource: Resource, view: SavedView | undefined, save: ((columns: Column[]) => void) | undefined) {
  // Whoever may not change a view has columns of his or her own in it.
  const [chosen, choose] = usePreference<Column[] | null>(view ? `columns:${view.id}` : `columns:${resource.name}`, null);
  const columns = useMemo(() => {
    if (view) return save ? view.columns : (chosen ?? view.columns);
    return chosen ?? initialColumns(resource);
  }, [view, save, chosen, resource]);
  const setColumns = useCallback(
    (next: Column[] | null) => {
      if (save) save(next ?? initialColumns(resource));
      else choose(next);
    },
    [save, choose, resource],
  );
  return { columns, setColumns };
}
