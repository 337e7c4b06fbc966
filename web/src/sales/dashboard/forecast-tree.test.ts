import { expect, it } from "vitest";
import { inTreeOrder, saysSomething, type ForecastRow } from "./forecast-tree";

const row = (department_id: string, parent_department_id = ""): ForecastRow => ({ department_id, parent_department_id, name: department_id });

it("departments stand below those above them; those whose parent is out of reach stand at the top", () => {
  const rows = [row("east", "sales"), row("sales"), row("shanghai", "east"), row("west", "sales"), row("alone", "hidden")];
  expect(inTreeOrder(rows).map(({ row: { name }, depth }) => `${depth}${name}`)).toEqual(["0sales", "1east", "2shanghai", "1west", "0alone"]);
});

it("rows without deals and target say nothing", () => {
  expect(saysSomething(row("a"))).toBe(false);
  expect(saysSomething({ ...row("a"), target_minor: "1" })).toBe(true);
  expect(saysSomething({ ...row("a"), commit: { count: "1" } })).toBe(true);
});
