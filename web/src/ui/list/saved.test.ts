import { describe, expect, it } from "vitest";
import { account } from "../../customers/account";
import { initialColumns, readView, visibleOf, writeView, type Kept } from "./saved";

const kept: Kept = {
  name: "Large customers",
  query: "华腾",
  filters: [
    { field: "type", operator: "=", values: ["ACCOUNT_TYPE_CUSTOMER"] },
    { field: "owner_id", operator: "=", values: ["me"] },
  ],
  order: "annual_revenue desc",
  deleted: false,
  columns: [{ name: "name", width: 240.4 }],
};

const bare = { resource: "customers.account", name: "" };

describe("a view", () => {
  it("is read as it was written", () => {
    const view = readView(account, { ...bare, ...writeView(kept), id: "1", user_id: "2", shared: true });
    expect(view).toEqual({ ...kept, columns: [{ name: "name", width: 240 }], id: "1", userId: "2", shared: true, isDefault: false });
  });

  it("is written in part when a part of it changes", () => {
    expect(writeView({ name: "Other" })).toEqual({ name: "Other" });
    expect(writeView({ filters: [], query: "" })).toEqual({ filter: [], query: "" });
  });

  it("has the usual columns where it names none that the app knows, and the usual width where it gives none", () => {
    expect(readView(account, { ...bare, columns: [{ name: "no_such_field", width: 9 }] }).columns).toEqual(initialColumns(account));
    const [first] = initialColumns(account);
    expect(readView(account, { ...bare, columns: [{ name: first?.name ?? "" }] }).columns).toEqual([first]);
  });
});

describe("of a view of somebody who sees more", () => {
  it("what one does not see is left out and named once", () => {
    const revenue = { field: "annual_revenue", operator: ">=" as const, values: ["100"] };
    const { visible, left } = visibleOf({ ...kept, filters: [...kept.filters, revenue] }, (field) => field !== "annual_revenue");
    expect(visible).toEqual({ ...kept, order: "" });
    expect(left).toEqual(["annual_revenue"]);
  });

  it("nothing is left out when one sees it all", () => {
    expect(visibleOf(kept, () => true)).toEqual({ visible: kept, left: [] });
  });
});
