import { expect, it } from "vitest";
import type { Collection } from "../api/records";
import { loadRecord } from "./names";
import { register } from "./registry";
import type { Resource } from "./resource";

it("names are asked for together, and one that is out of reach does not hide the others", async () => {
  const batches: string[][] = [];
  const batch = (ids: string[]) => {
    batches.push(ids);
    return ids.includes("secret") ? Promise.reject(new Error("not found")) : Promise.resolve(ids.map((id) => ({ id, name: `name of ${id}` })));
  };
  const api = { batch } as unknown as Collection;
  register({ name: "test.thing", path: "/", api, fields: [], icon: null, title: (record) => String(record.name) } satisfies Resource);
  const found = await Promise.all(["a", "b", "secret", "d", "a"].map((id) => loadRecord("test.thing", id)));
  expect(found.map((record) => record?.name)).toEqual(["name of a", "name of b", undefined, "name of d", "name of a"]);
  expect(batches[0]).toEqual(["a", "b", "secret", "d"]);
});
