import { formatFilter } from "../../ui/list/filter";
import { daysOf, type Months } from "./period";
import { withThoseBelow, type ForecastRow } from "./forecast-tree";

/** The categories of the bars of open deals, by their place among the bars; the first bar is of those that are won. */
const CATEGORIES: Record<number, string> = { 1: "COMMIT", 2: "BEST_CASE", 3: "PIPELINE" };

/** The API takes no more alternatives of one condition. */
const MOST = 100;

/** The conditions of the deals behind one bar of a row; `undefined` if there are too many departments to name them. */
export function forecastFilters(row: ForecastRow, departments: readonly ForecastRow[], months: Months, closed: string[], series = 0): string[] | undefined {
  const who = row.owner_id ? { field: "owner_id", values: [row.owner_id] } : { field: "department_id", values: withThoseBelow(departments, row.department_id ?? "") };
  if (who.values.length > MOST) return undefined;
  const condition = formatFilter({ ...who, operator: "=" });
  const category = CATEGORIES[series];
  if (!category) return [condition, "status=OPPORTUNITY_STATUS_WON", ...closed];
  const { first, last } = daysOf(months);
  return [condition, "status=OPPORTUNITY_STATUS_OPEN", `forecast_category=FORECAST_CATEGORY_${category}`, `expected_close_date>=${first}`, `expected_close_date<=${last}`];
}
