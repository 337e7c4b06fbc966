const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

const midnightOf = (day: string) => Date.parse(`${day}T00:00:00Z`);

/** Whether a text is a day of the calendar, YYYY-MM-DD; the last one that can be written has no day after it. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text === "9999-12-31") return false;
  const midnight = midnightOf(text);
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(text);
}

/** The day after one. */
export function dayAfter(day: string): string {
  return new Date(midnightOf(day) + DAY).toISOString().slice(0, 10);
}

/** The time zone in which the app shows times. */
export function readersZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function calendarOf(zone: string): Intl.DateTimeFormat {
  const format = (timeZone: string) => new Intl.DateTimeFormat("en", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  try {
    return format(zone);
  } catch {
    // The reports count in UTC, too, if they do not know the zone.
    return format("UTC");
  }
}

/** The first moment of a day in a time zone. */
export function beginningOf(day: string, zone: string): string {
  const calendar = calendarOf(zone);
  const dayAt = (moment: number) => {
    const parts = new Map(calendar.formatToParts(moment).map(({ type, value }) => [type, value]));
    return `${parts.get("year")}-${parts.get("month")}-${parts.get("day")}`;
  };
  const midnight = midnightOf(day);
  // It is looked for, not calculated: where clocks are changed that night, there are two midnights or none.
  let [before, first] = [midnight - DAY, midnight + DAY];
  while (first - before > MINUTE) {
    const middle = before + Math.floor((first - before) / 2 / MINUTE) * MINUTE;
    if (dayAt(middle) < day) before = middle;
    else first = middle;
  }
  return new Date(first).toISOString();
}
