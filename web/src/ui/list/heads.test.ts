import { expect, it } from "vitest";
import { movedBefore } from "./heads";

const columns = ["name", "type", "owner"].map((name) => ({ name, width: 100 }));
const names = (name: string, before?: string) => movedBefore(columns, name, before).map((column) => column.name);

it("puts a column before another, wherever it was", () => {
  expect(names("owner", "name")).toEqual(["owner", "name", "type"]);
  expect(names("name", "owner")).toEqual(["type", "name", "owner"]);
});

it("puts a column at the end", () => {
  expect(names("name")).toEqual(["type", "owner", "name"]);
});

it("leaves a column where it is that is put before itself or before its neighbour", () => {
  expect(names("type", "type")).toEqual(["name", "type", "owner"]);
  expect(names("type", "owner")).toEqual(["name", "type", "owner"]);
});
