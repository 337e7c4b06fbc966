import { beforeEach, expect, it } from "vitest";
import { discard, keep, sendWaiting, waitingOf } from "./outbox";
import { Problem } from "./problem";
import type { Collection, Data } from "./records";

const ME = "me";
const calls: string[] = [];
let failure: Problem | null = null;

const api = {
  create: (_values: object, key?: string) => {
    calls.push(`create ${key}`);
    return failure ? Promise.reject(failure) : Promise.resolve({ id: "1" });
  },
  update: (id: string, etag?: string) => {
    calls.push(`update ${id} ${etag}`);
    return failure ? Promise.reject(failure) : Promise.resolve({ id });
  },
} as unknown as Collection;

beforeEach(() => {
  waitingOf(ME).forEach((one) => discard(ME, one.id));
  calls.length = 0;
  failure = null;
});

const send = (sent: Data[] = [], again = false) => sendWaiting(ME, () => api, (_, record) => sent.push(record), again);

it("what could not be sent is sent once there is a connection, under its first key", async () => {
  keep(ME, { id: "key", resource: "r", title: "A", values: { name: "A" } });
  keep(ME, { resource: "r", recordId: "7", etag: "3", title: "B", values: { name: "B" } });
  failure = new Problem({ status: 0, reason: "OFFLINE" });
  await send();
  expect(calls).toEqual(["create key"]);
  expect(waitingOf(ME)).toHaveLength(2);
  failure = null;
  const sent: Data[] = [];
  await send(sent);
  expect(calls.slice(1)).toEqual(["create key", "update 7 3"]);
  expect(sent.map(({ id }) => id)).toEqual(["1", "7"]);
  expect(waitingOf(ME)).toEqual([]);
});

it("what the server refuses waits for a person, and is not sent over and over", async () => {
  keep(ME, { id: "key", resource: "r", recordId: "7", etag: "3", title: "A", values: {} });
  failure = new Problem({ status: 409, reason: "STALE" });
  await send();
  await send();
  expect(calls).toHaveLength(1);
  expect(waitingOf(ME)[0]?.refusal).toBe("STALE");
  await send([], true);
  expect(calls).toHaveLength(2);
});

it("nobody sends what belongs to somebody else", async () => {
  keep("other", { id: "key", resource: "r", title: "A", values: {} });
  await send();
  expect(calls).toEqual([]);
});

it("what somebody else changed meanwhile in other fields is no reason to wait", async () => {
  keep(ME, { id: "key", resource: "r", recordId: "7", etag: "3", title: "A", values: { name: "A" } });
  const stale = (changedFields: string[]) => new Problem({ status: 409, reason: "STALE", etag: "5", changedFields });
  const update = api.update.bind(api);
  api.update = (id, etag) => (etag === "3" ? Promise.reject(stale(["grade"])) : update(id, etag, {}));
  await send();
  expect(calls).toEqual(["update 7 5"]);
  expect(waitingOf(ME)).toEqual([]);
  keep(ME, { id: "key", resource: "r", recordId: "7", etag: "3", title: "A", values: { name: "A" } });
  api.update = () => Promise.reject(stale(["name"]));
  await send();
  api.update = update;
  expect(waitingOf(ME)[0]?.refusal).toBe("STALE");
});
