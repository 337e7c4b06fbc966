import { expect, it } from "vitest";
import { daysOf, monthAfter, monthsOf } from "./period";

it("periods are whole months around today", () => {
  const today = new Date(2026, 1, 15);
  expect(monthsOf("month", today)).toEqual({ start: "2026-02", end: "2026-02" });
  expect(monthsOf("quarter", today)).toEqual({ start: "2026-01", end: "2026-03" });
  expect(monthsOf("year", today)).toEqual({ start: "2026-01", end: "2026-12" });
  expect(monthsOf("twelve", today)).toEqual({ start: "2025-03", end: "2026-02" });
  expect(monthsOf("quarter", new Date(2026, 11, 31))).toEqual({ start: "2026-10", end: "2026-12" });
});

it("after a month comes the next, also in the next year", () => {
  expect(["2026-01", "2026-11", "2026-12"].map(monthAfter)).toEqual(["2026-02", "2026-12", "2027-01"]);
});

it("months have a first and a last day, leap years included", () => {
  expect(daysOf({ start: "2024-02", end: "2024-02" })).toEqual({ first: "2024-02-01", last: "2024-02-29" });
  expect(daysOf({ start: "2026-10", end: "2026-12" })).toEqual({ first: "2026-10-01", last: "2026-12-31" });
});
