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
