import { newId } from "./id";
import { asProblem } from "./problem";
import { onPreference, readPreference, writePreference } from "./preferences";
import type { Collection, Data } from "./records";

/** A change that could not be sent, as it waits on this device. */
export interface Waiting {
  /** Also the key by which the server does it once only. */
  id: string;
  resource: string;
  /** The record to change; none to create one. */
  recordId?: string;
  etag?: string;
  title: string;
  values: Record<string, unknown>;
  time: string;
  /** Why the server refused it when it was sent at last. */
  refusal?: string;
}

const NAME = "outbox";
const NOTHING: Waiting[] = [];

/** What waits of one person. */
export const waitingOf = (owner: string): Waiting[] => readPreference(owner, NAME, NOTHING);
export const onOutbox = onPreference;

/** Keeps a change until it can be sent. */
export function keep(owner: string, change: Omit<Waiting, "id" | "time"> & { id?: string }) {
  const entry = { ...change, id: change.id ?? newId(), time: new Date().toISOString() };
  writePreference(owner, NAME, [...waitingOf(owner).filter((one) => one.id !== entry.id), entry]);
}

/** Gives up a change. */
export function discard(owner: string, id: string) {
  writePreference(owner, NAME, waitingOf(owner).filter((one) => one.id !== id));
}

let sending = false;

/** Sends what waits, the oldest first; stops at the first that still cannot be sent. */
export async function sendWaiting(
  owner: string,
  api: (resource: string) => Collection | undefined,
  sent: (change: Waiting, record: Data) => void,
  again = false,
) {
  if (sending) return;
  sending = true;
  try {
    for (const change of waitingOf(owner).filter((one) => again || !one.refusal)) {
      const collection = api(change.resource);
      if (!collection) continue;
      try {
        const record = change.recordId
          ? await collection.update(change.recordId, change.etag, change.values)
          : await collection.create(change.values, change.id);
        discard(owner, change.id);
        sent(change, record);
      } catch (error) {
        const problem = asProblem(error);
        if (problem.passes) return;
        const marked = waitingOf(owner).map((one) => (one.id === change.id ? { ...one, refusal: problem.reason } : one));
        writePreference(owner, NAME, marked);
      }
    }
  } finally {
    sending = false;
  }
}
