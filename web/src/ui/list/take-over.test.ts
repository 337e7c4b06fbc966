import { beforeEach, expect, it, vi } from "vitest";
import { writePreference } from "../../api/storage";
import { Problem } from "../../api/problem";
import type { Data } from "../../api/records";
import { deviceViews, takeOver } from "./take-over";

const ACCOUNTS = "customers.account";
const view = (id: string, name: string) => ({ id, name, query: "", filters: [], order: "", deleted: false, columns: [] });
const create = vi.fn<(values: Record<string, unknown>, key?: string) => Promise<Data>>();

beforeEach(() => {
  create.mockReset().mockImplementation((values, key) => Promise.resolve({ ...values, id: key ?? "" }));
  writePreference("li", `views:${ACCOUNTS}`, [view("1", "Mine"), view("2", "Other")]);
});

it("views that are on the device are handed over once", async () => {
  expect(await takeOver("li", ACCOUNTS, create)).toBe(true);
  expect(create.mock.calls.map(([values, key]) => [values.name, values.resource, key])).toEqual([
    ["Mine", ACCOUNTS, "1"],
    ["Other", ACCOUNTS, "2"],
  ]);
  expect(deviceViews("li", ACCOUNTS)).toEqual([]);
  expect(await takeOver("li", ACCOUNTS, create)).toBe(false);
  expect(create).toHaveBeenCalledTimes(2);
});

it("a name that is taken gets a number", async () => {
  create.mockRejectedValueOnce(new Problem({ status: 409, reason: "NAME_TAKEN" }));
  await takeOver("li", ACCOUNTS, create);
  expect(create.mock.calls.map(([values]) => values.name)).toEqual(["Mine", "Mine (2)", "Other"]);
  expect(deviceViews("li", ACCOUNTS)).toEqual([]);
});

it("what is refused stays on the device, and without a connection everything does", async () => {
  create.mockRejectedValueOnce(new Problem({ status: 400, reason: "INVALID" }));
  await takeOver("li", ACCOUNTS, create);
  expect(deviceViews("li", ACCOUNTS).map(({ name }) => name)).toEqual(["Mine"]);
  create.mockReset().mockRejectedValue(new Problem({ status: 0, reason: "OFFLINE" }));
  writePreference("li", `views:${ACCOUNTS}`, [view("1", "Mine"), view("2", "Other")]);
  expect(await takeOver("li", ACCOUNTS, create)).toBe(false);
  expect(create).toHaveBeenCalledTimes(1);
  expect(deviceViews("li", ACCOUNTS)).toHaveLength(2);
});
