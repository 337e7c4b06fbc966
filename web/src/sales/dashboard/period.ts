/** Months as the reports name them, YYYY-MM, both included. */
export interface Months {
  start: string;
  end: string;
}

export const PERIODS = ["month", "quarter", "year", "twelve"] as const;
export type Period = (typeof PERIODS)[number];

const name = (year: number, month: number) => {
  const date = new Date(Date.UTC(year, month, 1));
  return date.toISOString().slice(0, 7);
};

/** The months of a period around today. */
export function monthsOf(period: Period, today = new Date()): Months {
  const [year, month] = [today.getFullYear(), today.getMonth()];
  switch (period) {
    case "month":
      return { start: name(year, month), end: name(year, month) };
    case "quarter": {
      const first = month - (month % 3);
      return { start: name(year, first), end: name(year, first + 2) };
    }
    case "year":
      return { start: name(year, 0), end: name(year, 11) };
    case "twelve":
      return { start: name(year, month - 11), end: name(year, month) };
  }
}

/** The month after one. */
export function monthAfter(month: string): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return name(year, number);
}

/** The first and the last day of some months. */
export function daysOf({ start, end }: Months): { first: string; last: string } {
  const [year = 0, month = 1] = end.split("-").map(Number);
  return { first: `${start}-01`, last: new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10) };
}
