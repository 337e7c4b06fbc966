import { expect, it } from "vitest";
import { forecastFilters } from "./forecast-link";
import type { ForecastRow } from "./forecast-tree";

const row = (department_id: string, parent_department_id = ""): ForecastRow => ({ department_id, parent_department_id, name: department_id });
const departments = [row("east", "sales"), row("sales"), row("shanghai", "east"), row("west", "sales"), row("alone", "hidden")];
const months = { start: "2026-01", end: "2026-02" };
const closed = ["close_date>=2026-01-01", "close_date<=2026-02-28"];
const filtersOf = (of: ForecastRow, series?: number) => forecastFilters(of, departments, months, closed, series);

it("what departments won is that of all departments below them, too", () => {
  expect(filtersOf(row("sales"))).toEqual(["department_id=sales|east|shanghai|west", "status=OPPORTUNITY_STATUS_WON", ...closed]);
  expect(filtersOf(row("east"), 0)?.[0]).toBe("department_id=east|shanghai");
  expect(filtersOf(row("alone"))?.[0]).toBe("department_id=alone");
});

it("each bar of open deals leads to those of its category", () => {
  const owner = { ...row("east"), owner_id: "7" };
  for (const [series, category] of [[1, "COMMIT"], [2, "BEST_CASE"], [3, "PIPELINE"]] as const) {
    expect(filtersOf(owner, series)).toEqual([
      "owner_id=7",
      "status=OPPORTUNITY_STATUS_OPEN",
      `forecast_category=FORECAST_CATEGORY_${category}`,
      "expected_close_date>=2026-01-01",
      "expected_close_date<=2026-02-28",
    ]);
  }
});

it("more departments than the API takes lead nowhere", () => {
  const many = Array.from({ length: 100 }, (_, index) => row(`d${index}`, "sales"));
  expect(forecastFilters(row("sales"), [row("sales"), ...many], months, closed)).toBeUndefined();
  expect(forecastFilters(row("sales"), [row("sales"), ...many.slice(1)], months, closed)).toBeDefined();
});
