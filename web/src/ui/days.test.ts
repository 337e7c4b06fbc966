import { expect, it } from "vitest";
import { beginningOf, dayAfter, isDay } from "./days";

it("days begin where the clocks of the zone say so", () => {
  expect(beginningOf("2026-01-31", "Asia/Shanghai")).toBe("2026-01-30T16:00:00.000Z");
  expect(beginningOf("2026-01-31", "America/New_York")).toBe("2026-01-31T05:00:00.000Z");
  expect(beginningOf("2026-03-30", "Europe/Berlin")).toBe("2026-03-29T22:00:00.000Z");
  // No midnight at all, one that comes twice, and a day that was left out.
  expect(beginningOf("2023-10-01", "America/Asuncion")).toBe("2023-10-01T04:00:00.000Z");
  expect(beginningOf("2020-11-01", "America/Havana")).toBe("2020-11-01T04:00:00.000Z");
  expect(beginningOf("2011-12-30", "Pacific/Apia")).toBe("2011-12-30T10:00:00.000Z");
});

it("only days of the calendar are days", () => {
  for (const day of ["2026-01-31", "2024-02-29"]) expect(isDay(day)).toBe(true);
  for (const none of ["", "today", "2026-01", "2026-02-30", "2026-13-01", "2026-01-31T00:00:00Z", "9999-12-31"]) expect(isDay(none)).toBe(false);
});

it("after a day comes the next, also in the next month and year", () => {
  expect(["2026-01-30", "2026-02-28", "2026-12-31"].map(dayAfter)).toEqual(["2026-01-31", "2026-03-01", "2027-01-01"]);
});
