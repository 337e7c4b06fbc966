import { describe, expect, it } from "vitest";
import { account } from "../../customers/account";
import { filterFields, formatFilter, isComplete, parseFilter, requested, without, type Filter } from "./filter";

describe("a condition", () => {
  const conditions: [Filter, string][] = [
    [{ field: "type", operator: "=", values: ["A", "B"] }, "type=A|B"],
    [{ field: "name", operator: "~", values: ["华 腾"] }, "name~华 腾"],
    [{ field: "tags", operator: "!=", values: ["a|b", "c\\d"] }, "tags!=a\\|b|c\\\\d"],
    [{ field: "employees", operator: ">=", values: ["100"] }, "employees>=100"],
    [{ field: "employees", operator: "<=", values: ["100"] }, "employees<=100"],
    [{ field: "create_time", operator: "<", values: ["2026-01-31T16:00:00.000Z"] }, "create_time<2026-01-31T16:00:00.000Z"],
    [{ field: "industry", operator: "empty", values: [] }, "industry="],
    [{ field: "industry", operator: "filled", values: [] }, "industry!="],
    [{ field: "billing_address.city", operator: "=", values: ["上海市"] }, "billing_address.city=上海市"],
  ];
  it("is written as the API reads it, and read again", () => {
    for (const [filter, text] of conditions) {
      expect(formatFilter(filter)).toBe(text);
      expect(parseFilter(text)).toEqual(filter);
    }
  });

  it("names whoever looks by an id only when it is sent", () => {
    expect(requested({ field: "owner_id", operator: "=", values: ["me"] }, "42")).toBe("owner_id=42");
  });

  it("on a day of a field of moments means the whole day where the reader is", () => {
    const asked = (text: string, zone: string) => requested(parseFilter(text) as Filter, "42", zone);
    expect(asked("create_time>=2026-01-31", "Asia/Shanghai")).toBe("create_time>=2026-01-30T16:00:00.000Z");
    expect(asked("update_time<=2026-01-31", "Asia/Shanghai")).toBe("update_time<2026-01-31T16:00:00.000Z");
    expect(asked("next_follow_up_time<=2026-01-31", "America/New_York")).toBe("next_follow_up_time<2026-02-01T05:00:00.000Z");
    expect(asked("create_time<2026-01-31", "UTC")).toBe("create_time<2026-01-31T00:00:00.000Z");
  });

  it("on anything else is sent as it is", () => {
    for (const text of ["close_date<=2026-01-31", "create_time<=2026-01-31T08:00:00Z", "create_time<=2026-02-30", "create_time>=9999-12-31", "name~2026-01-31"]) {
      expect(requested(parseFilter(text) as Filter, "42", "Asia/Shanghai")).toBe(text);
    }
  });

  it("on a day is sent in the time zone in which times are shown", () => {
    const midnight = new Date(2026, 1, 1).toISOString();
    expect(requested({ field: "create_time", operator: "<=", values: ["2026-01-31"] }, "42")).toBe(`create_time<${midnight}`);
  });

  it("is taken away by what it says", () => {
    const filters = conditions.map(([filter]) => filter);
    expect(without(filters, { field: "type", operator: "=", values: ["A", "B"] })).toEqual(filters.slice(1));
    expect(without(filters, { field: "type", operator: "=", values: ["A"] })).toEqual(filters);
  });

  it("without what it needs is not asked", () => {
    expect(parseFilter("no condition")).toBeUndefined();
    expect(isComplete({ field: "name", operator: "~", values: [""] })).toBe(false);
    expect(isComplete({ field: "name", operator: "empty", values: [] })).toBe(true);
  });
});

it("an address is asked by its parts, and a hidden field not at all", () => {
  const names = filterFields(account, (field) => field !== "annual_revenue").map((field) => field.name);
  expect(names).toContain("billing_address.city");
  expect(names).not.toContain("billing_address");
  expect(names).not.toContain("annual_revenue");
  expect(names).not.toContain("bank_card_number");
});
