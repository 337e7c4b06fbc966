import { expect, it } from "vitest";
import { formatFilter, parseFilter, requested } from "../../ui/list/filter";
import { createdIn } from "./created";

const january = { start: "2026-01", end: "2026-01" };

it("deals of a month are asked for from its first moment to that of the next one, where the organization is", () => {
  expect(createdIn(january, "Asia/Shanghai")).toEqual(["create_time>=2025-12-31T16:00:00.000Z", "create_time<2026-01-31T16:00:00.000Z"]);
  expect(createdIn(january, "America/New_York")).toEqual(["create_time>=2026-01-01T05:00:00.000Z", "create_time<2026-02-01T05:00:00.000Z"]);
  expect(createdIn(january, "Asia/Kathmandu")).toEqual(["create_time>=2025-12-31T18:15:00.000Z", "create_time<2026-01-31T18:15:00.000Z"]);
  expect(createdIn({ start: "2026-10", end: "2026-12" }, "Pacific/Kiritimati")).toEqual(["create_time>=2026-09-30T10:00:00.000Z", "create_time<2026-12-31T10:00:00.000Z"]);
});

it("months begin rightly where clocks are changed", () => {
  expect(createdIn({ start: "2026-03", end: "2026-03" }, "Europe/Berlin")).toEqual(["create_time>=2026-02-28T23:00:00.000Z", "create_time<2026-03-31T22:00:00.000Z"]);
  // No midnight at all, and one that comes twice.
  expect(createdIn({ start: "2023-10", end: "2023-10" }, "America/Asuncion")[0]).toBe("create_time>=2023-10-01T04:00:00.000Z");
  expect(createdIn({ start: "2020-11", end: "2020-11" }, "America/Havana")[0]).toBe("create_time>=2020-11-01T04:00:00.000Z");
});

it("a zone that nobody knows is UTC", () => {
  const utc = ["create_time>=2026-01-01T00:00:00.000Z", "create_time<2026-02-01T00:00:00.000Z"];
  for (const zone of [undefined, "", "UTC", "Mars/Olympus"]) expect(createdIn(january, zone)).toEqual(utc);
});

it("the list asks the API for exactly that", () => {
  for (const condition of createdIn(january, "Asia/Shanghai")) {
    const filter = parseFilter(condition);
    expect(filter && formatFilter(filter)).toBe(condition);
    expect(filter && requested(filter, "42")).toBe(condition);
  }
});
