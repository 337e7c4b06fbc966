import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { expect, it } from "vitest";
import { MeContext, type Me } from "../../api/me";
import { useLinks, type Choice } from "./choice";

const months = { start: "2026-01", end: "2026-01" };

function linksOf(choice: Partial<Choice>, time_zone: string) {
  const queries = new QueryClient();
  queries.setQueryData(["organization"], { time_zone });
  const me: Me = { user: { id: "42", display_name: "Wu" }, grants: [], fieldRules: [], passwordChangeRequired: false, secondFactor: false };
  const found: ReturnType<typeof useLinks>[] = [];
  function Page() {
    found.push(useLinks({ period: "own", months, pipeline: "", department: "", mine: false, ...choice }));
    return null;
  }
  const page = createElement(MeContext, { value: me }, createElement(Page));
  renderToString(createElement(QueryClientProvider, { client: queries }, page));
  if (!found[0]) throw new Error("nothing was drawn");
  return found[0];
}

const asked = (address: string) => new URLSearchParams(address.split("?")[1]).getAll("f");

it("created deals are found by the time zone of the organization, closed ones by the days of the calendar", () => {
  const { link, closed, createdIn } = linksOf({}, "Asia/Shanghai");
  expect(asked(link(createdIn(months)))).toEqual(["create_time>=2025-12-31T16:00:00.000Z", "create_time<2026-01-31T16:00:00.000Z"]);
  expect(asked(link(closed))).toEqual(["close_date>=2026-01-01", "close_date<=2026-01-31"]);
});

it("links lead to the same people, and of deals to the same pipeline", () => {
  const { link } = linksOf({ mine: true, pipeline: "7", department: "9" }, "UTC");
  expect(asked(link([]))).toEqual(["owner_id=me", "department_id=9", "pipeline_id=7"]);
  expect(asked(link([], "leads"))).toEqual(["owner_id=me", "department_id=9"]);
});
