import { useQuery } from "@tanstack/react-query";
import type { Data } from "../api/records";
import { resourceNamed } from "./registry";

const BATCH = 200;
const DELAY = 10;

interface Waiting {
  id: string;
  done: (record: Data | null) => void;
}

const waiting = new Map<string, Waiting[]>();

/** Loads a record together with others that are asked for at the same time; `null` if it is out of reach. */
export function loadRecord(resource: string, id: string): Promise<Data | null> {
  return new Promise((done) => {
    const queue = waiting.get(resource);
    if (queue) {
      queue.push({ id, done });
      return;
    }
    waiting.set(resource, [{ id, done }]);
    setTimeout(() => void flush(resource), DELAY);
  });
}

async function flush(resource: string) {
  const queue = waiting.get(resource) ?? [];
  waiting.delete(resource);
  const ids = [...new Set(queue.map((one) => one.id))];
  for (let start = 0; start < ids.length; start += BATCH) {
    const found = await fetchBatch(resource, ids.slice(start, start + BATCH));
    queue.filter((one) => found.has(one.id)).forEach((one) => one.done(found.get(one.id) ?? null));
  }
}

async function fetchBatch(resource: string, ids: string[]): Promise<Map<string, Data | null>> {
  const api = resourceNamed(resource)?.api;
  try {
    const records = await api?.batch(ids);
    return new Map(ids.map((id) => [id, records?.find((record) => record.id === id) ?? null]));
  } catch {
    if (ids.length === 1) return new Map([[ids[0] ?? "", null]]);
    // One that is out of reach spoils the batch, so halves are tried.
    const half = Math.ceil(ids.length / 2);
    const halves = await Promise.all([fetchBatch(resource, ids.slice(0, half)), fetchBatch(resource, ids.slice(half))]);
    return new Map(halves.flatMap((found) => [...found]));
  }
}

export const recordName = (resource: string, record: Data | null | undefined) =>
  (record && resourceNamed(resource)?.title(record)) || "";

/** The key under which a record is kept for its name. */
export const nameKey = (resource: string, id: string) => ["name", resource, id];

/** Asks for the record of an id, to name it. */
export const nameQuery = (resource: string, id: string) => ({
  queryKey: nameKey(resource, id),
  queryFn: () => loadRecord(resource, id),
  enabled: Boolean(id),
  staleTime: 300_000,
});

/** What the record of an id is called; empty while it loads and when it is out of reach. */
export function useName(resource: string, id: string | undefined): string {
  const { data } = useQuery(nameQuery(resource, id ?? ""));
  return recordName(resource, data);
}
