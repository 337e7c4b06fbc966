import { expect, it } from "vitest";
import { safeTarget } from "./sign-in";

it("nobody is led to another site after signing in", () => {
  expect(safeTarget("/customers/accounts?q=a")).toBe("/customers/accounts?q=a");
  for (const next of [null, "", "https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"]) expect(safeTarget(next)).toBe("/");
});
