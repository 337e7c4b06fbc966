import { expect, it } from "vitest";
import { formatFilter, requested } from "../ui/list/filter";
import { DUE } from "./due";

it("due today is what is due before tomorrow", () => {
  expect(DUE.today.map(formatFilter)).toEqual(["next_follow_up_time>=today", "next_follow_up_time<tomorrow"]);
  const [from, until] = DUE.today.map((filter) => requested(filter, "42"));
  const now = new Date();
  const midnight = (day: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + day).toISOString();
  expect(from).toBe(`next_follow_up_time>=${midnight(0)}`);
  expect(until).toBe(`next_follow_up_time<${midnight(1)}`);
});
