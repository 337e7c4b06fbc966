import { monthAfter, type Months } from "./period";

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

function calendarOf(zone: string): Intl.DateTimeFormat {
  const format = (timeZone: string) => new Intl.DateTimeFormat("en", { timeZone, year: "numeric", month: "2-digit" });
  try {
    return format(zone);
  } catch {
    // The reports count in UTC, too, if they do not know the zone.
    return format("UTC");
  }
}

/** The first moment of a month in a time zone. */
function beginningOf(month: string, zone: string): string {
  const calendar = calendarOf(zone);
  const monthAt = (moment: number) => {
    const parts = new Map(calendar.formatToParts(moment).map(({ type, value }) => [type, value]));
    return `${parts.get("year")}-${parts.get("month")}`;
  };
  const midnight = Date.parse(`${month}-01T00:00:00Z`);
  // It is looked for, not calculated: where clocks are changed that night, there are two midnights or none.
  let [before, first] = [midnight - DAY, midnight + DAY];
  while (first - before > MINUTE) {
    const middle = before + Math.floor((first - before) / 2 / MINUTE) * MINUTE;
    if (monthAt(middle) < month) before = middle;
    else first = middle;
  }
  return new Date(first).toISOString();
}

/** The conditions of deals that were created in some months, as the reports count them: in the organization's time zone. */
export function createdIn({ start, end }: Months, zone = "UTC"): string[] {
  // Moments, not days: the API takes a day for its first moment in UTC, with which the last day would be lost.
  return [`create_time>=${beginningOf(start, zone)}`, `create_time<${beginningOf(monthAfter(end), zone)}`];
}
