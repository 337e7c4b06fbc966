import { newId } from "./id";
import { asProblem } from "./problem";
import { onPreference, readPreference, writePreference } from "./storage";
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

/** What sends changes of one kind of record; what is only ever created needs nothing else. */
export type Sender = Pick<Collection, "create"> & Partial<Pick<Collection, "update">>;

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

/** Changes a record that somebody else may have changed meanwhile: both changes stand if they are of different fields. */
async function update(sender: Sender, id: string, etag: string | undefined, values: Record<string, unknown>): Promise<Data> {
  if (!sender.update) throw new Error("this kind of record is not changed later");
  try {
    return await sender.update(id, etag, values);
  } catch (error) {
    const { reason, etag: current, changedFields } = asProblem(error);
    const apart = changedFields.length > 0 && !changedFields.some((name) => name in values);
    if (reason !== "STALE" || !current || !apart) throw error;
    return sender.update(id, current, values);
  }
}

/** Sends what waits, the oldest first; stops at the first that still cannot be sent. */
export async function sendWaiting(
  owner: string,
  api: (resource: string) => Sender | undefined,
  sent: (change: Waiting, record: Data) => void,
  again = false,
) {
  if (sending) return;
  sending = true;
  try {
    for (const change of waitingOf(owner).filter((one) => again || !one.refusal)) {
      const sender = api(change.resource);
      if (!sender) continue;
      try {
        const record = change.recordId
          ? await update(sender, change.recordId, change.etag, change.values)
          : await sender.create(change.values, change.id);
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
