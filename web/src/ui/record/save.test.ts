import { QueryClient } from "@tanstack/react-query";
import { expect, it } from "vitest";
import { Problem } from "../../api/problem";
import type { Data } from "../../api/records";
import { account } from "../../customers/account";
import type { Resource } from "../resource";
import { saveRecord } from "./save";

const seen: Data = { id: "1", etag: "1", name: "A", industry: "Steel", grade: "B", id_card_number: "****1234" };

/** A record that others change: `overtakes` are their changes, each made just before one of ours arrives. */
function contested(overtakes: Record<string, unknown>[]) {
  let stored: Data = { ...seen };
  const updates: (string | undefined)[] = [];
  const api = {
    ...account.api,
    get: () => Promise.resolve({ ...stored }),
    update: (_: string, etag: string | undefined, values: Record<string, unknown>) => {
      const theirs = overtakes.shift();
      if (theirs) stored = { ...stored, ...theirs, etag: String(Number(stored.etag) + 1) };
      updates.push(etag);
      if (etag !== stored.etag) {
        const changedFields = Object.keys(theirs ?? {});
        return Promise.reject(new Problem({ status: 409, reason: "STALE", etag: stored.etag, changedFields }));
      }
      stored = { ...stored, ...values, etag: String(Number(stored.etag) + 1) };
      return Promise.resolve({ ...stored });
    },
  };
  const resource: Resource = { ...account, api };
  const save = (values: Record<string, unknown>) => saveRecord({ resource, record: seen, values, owner: "li", queries: new QueryClient() });
  return { save, updates, stored: () => stored };
}

it("changes of different fields both stand, and what the other changed is told", async () => {
  const { save, stored } = contested([{ grade: "A" }]);
  const saved = await save({ industry: "Mine" });
  expect(saved).toMatchObject({ state: "saved", merged: ["grade"] });
  expect(stored()).toMatchObject({ industry: "Mine", grade: "A" });
});

it("the same change is no conflict", async () => {
  expect(await contested([{ industry: "Mine" }]).save({ industry: "Mine" })).toMatchObject({ state: "saved", merged: [] });
});

it("a field that both changed is a conflict, and nothing is written", async () => {
  const { save, stored } = contested([{ industry: "Theirs" }]);
  expect(await save({ industry: "Mine" })).toMatchObject({ state: "conflict", changed: ["industry"], current: { industry: "Theirs" } });
  expect(stored()).toMatchObject({ industry: "Theirs" });
});

it("a number whose mask looks the same is a conflict too", async () => {
  const { save } = contested([{ id_card_number: "****1234" }]);
  expect(await save({ id_card_number: "11010519491231002X" })).toMatchObject({ state: "conflict" });
});

it("whoever is overtaken again and again is asked in the end", async () => {
  const again = contested([{ grade: "A" }, { grade: "C" }]);
  expect(await again.save({ industry: "Mine" })).toMatchObject({ state: "saved", merged: ["grade"] });
  expect(again.updates).toEqual(["1", "2", "3"]);
  const always = contested([{ grade: "A" }, { grade: "C" }, { grade: "D" }]);
  expect(await always.save({ industry: "Mine" })).toMatchObject({ state: "conflict" });
});
