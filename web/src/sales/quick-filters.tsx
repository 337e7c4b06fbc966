import { Segmented } from "antd";
import { useT } from "../i18n";
import { MYSELF, formatFilter, type Filter } from "../ui/list/filter";
import { useListState } from "../ui/list/state";
import { DUE } from "./due";

/** Shows what is late and what is to be done today with one click. */
export function QuickFilters({ open }: { open: Filter }) {
  const t = useT();
  const { state, change } = useListState();
  const mine: Filter = { field: "owner_id", operator: "=", values: [MYSELF] };
  const sets: Record<string, Filter[]> = { all: [], mine: [mine, open], overdue: [...DUE.overdue, open], today: [...DUE.today, open] };
  const words = (filters: Filter[]) => filters.map(formatFilter).join("\n");
  const current = Object.keys(sets).find((name) => words(sets[name] ?? []) === words(state.filters));
  return (
    <Segmented
      aria-label={t("sales.quick.title")}
      value={current ?? "none"}
      options={Object.keys(sets).map((value) => ({ value, label: t(`sales.quick.${value as "all" | "mine" | "overdue" | "today"}`) }))}
      onChange={(value) => change({ filters: sets[value] ?? [] })}
    />
  );
}
