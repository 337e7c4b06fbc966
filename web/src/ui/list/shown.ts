import { useCallback, useEffect, useMemo } from "react";
import { useCan } from "../../api/me";
import type { Resource } from "../resource";
import { visibleOf, type Column } from "./saved";
import { useColumns, useListQuery, useListState } from "./state";
import { useViews } from "./use-views";

/** What a list shows: what its address says, within what its view and whoever looks allow. */
export function useShown(resource: Resource, fixed: readonly string[]) {
  const can = useCan();
  const { state, view, change, open, isUntouched } = useListState();
  const views = useViews(resource);
  const { change: changeView, mayChange } = views;
  const current = views.views.find((one) => one.id === view);
  const first = isUntouched ? views.views.find((one) => one.isDefault) : undefined;
  useEffect(() => {
    if (first) open(first, true);
  }, [first, open]);
  const kept = current && mayChange(current) ? current.id : undefined;
  const saveColumns = useCallback((columns: Column[]) => changeView(kept ?? "", { columns }), [changeView, kept]);
  const { columns: all, setColumns } = useColumns(resource, current, kept ? saveColumns : undefined);
  const columns = useMemo(() => all.filter(({ name }) => can.see(resource.name, name)), [all, can, resource]);
  const { visible, left } = useMemo(() => visibleOf(state, (field) => can.see(resource.name, field)), [state, can, resource]);
  const query = useListQuery(visible, fixed);
  return { state, view, change, open, views, current, all, columns, setColumns, visible, left, query };
}
