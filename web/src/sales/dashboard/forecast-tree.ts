import type { Schemas } from "../../api/client";

export type ForecastRow = Schemas["sales.ForecastRow"];

/** Departments below those that they stand below, each with how deep it stands. */
export function inTreeOrder(departments: readonly ForecastRow[]): { row: ForecastRow; depth: number }[] {
  const known = new Set(departments.map((row) => row.department_id));
  const below = new Map<string, ForecastRow[]>();
  for (const row of departments) {
    const parent = known.has(row.parent_department_id) ? (row.parent_department_id ?? "") : "";
    below.set(parent, [...(below.get(parent) ?? []), row]);
  }
  const walk = (parent: string, depth: number): { row: ForecastRow; depth: number }[] =>
    (below.get(parent) ?? []).flatMap((row) => [{ row, depth }, ...walk(row.department_id ?? "", depth + 1)]);
  return walk("", 0);
}

/** A department and all those below it. */
export function withThoseBelow(departments: readonly ForecastRow[], id: string): string[] {
  const below = departments.filter((row) => row.parent_department_id === id);
  return [id, ...below.flatMap((row) => withThoseBelow(departments, row.department_id ?? ""))];
}

/** Whether a row says anything. */
export function saysSomething({ pipeline, best_case, commit, closed, target_minor }: ForecastRow): boolean {
  const some = [pipeline, best_case, commit, closed].some((totals) => Number(totals?.count ?? 0) > 0);
  return some || Number(target_minor ?? 0) > 0;
}
