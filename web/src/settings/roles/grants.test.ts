import { describe, expect, it } from "vitest";
import { covers, fieldAccess, reaches, scopeOf, type Grant } from "../../api/permissions";
import { patternsOf, rowsOf, SCOPES, withScope } from "./grants";

const ALL = ["customers.account.read", "customers.account.update", "customers.contact.read", "identity.role.read"];
const scope = (grants: Grant[], permission: string) => scopeOf({ grants, fieldRules: [] }, permission);

describe("a pattern", () => {
  it("covers any one part in the middle and all that follow at the end", () => {
    expect(covers("*", "customers.account.read")).toBe(true);
    expect(covers("customers.*", "customers.account.read")).toBe(true);
    expect(covers("customers.*.read", "customers.account.read")).toBe(true);
    expect(covers("customers.*.read", "customers.account.update")).toBe(false);
    expect(covers("customers.account", "customers.account.read")).toBe(false);
    expect(covers("customers.account.*", "customers.account")).toBe(false);
  });
});

describe("a permission of a role", () => {
  it("gets exactly the scope that is chosen, and no other changes", () => {
    const starts: Grant[][] = [
      [],
      [{ permission: "*", scope: "SCOPE_ALL" }],
      [{ permission: "customers.*.read", scope: "SCOPE_OWN" }, { permission: "customers.*", scope: "SCOPE_SUBTREE" }],
      [{ permission: "customers.account.read", scope: "SCOPE_DEPARTMENT" }],
    ];
    for (const grants of starts) {
      for (const permission of ALL) {
        for (const wanted of [undefined, ...SCOPES]) {
          const next = withScope(grants, permission, wanted, ALL);
          expect(scope(next, permission)).toBe(wanted);
          for (const other of ALL.filter((one) => one !== permission)) expect(scope(next, other)).toBe(scope(grants, other));
        }
      }
    }
  });

  it("is widened without spelling its pattern out", () => {
    const grants: Grant[] = [{ permission: "customers.*.read", scope: "SCOPE_OWN" }];
    expect(patternsOf(withScope(grants, "customers.account.read", "SCOPE_ALL", ALL))).toEqual(grants);
  });
});

describe("what a caller reaches", () => {
  const user = { id: "me", department_id: "east" };
  const rights = (scope: Grant["scope"]) => ({ grants: [{ permission: "customers.*", scope }], fieldRules: [] });
  it("ends with the scope of the grant", () => {
    const mine = { id: "1", owner_id: "me" };
    const ours = { id: "2", owner_id: "you", department_id: "east" };
    const far = { id: "3", owner_id: "you", department_id: "west" };
    const reached = (scope: Grant["scope"]) => [mine, ours, far].map((one) => reaches(rights(scope), "customers.account.update", one, user));
    expect(reached("SCOPE_OWN")).toEqual([true, false, false]);
    expect(reached("SCOPE_DEPARTMENT")).toEqual([true, true, false]);
    expect(reached("SCOPE_ALL")).toEqual([true, true, true]);
    expect(reaches({ grants: [], fieldRules: [] }, "customers.account.update", mine, user)).toBe(false);
  });

  it("does not hold what field rules withhold, nor its parts", () => {
    const fieldRules = [
      { field: "customers.account.billing_address", access: "FIELD_ACCESS_HIDDEN" as const },
      { field: "customers.account.grade", access: "FIELD_ACCESS_READ_ONLY" as const },
    ];
    const access = (field: string) => fieldAccess({ grants: [], fieldRules }, "customers.account", field);
    expect([access("billing_address.city"), access("grade"), access("name")]).toEqual(["hidden", "read", "write"]);
  });
});

it("permissions stand in rows with reading first", () => {
  expect(rowsOf(["customers.account.create", "customers.account.read", "customers.account.reveal"])).toEqual([
    { resource: "customers.account", verbs: ["read", "create", "reveal"] },
  ]);
});
