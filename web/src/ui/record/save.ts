import type { QueryClient } from "@tanstack/react-query";
import { newId } from "../../api/id";
import { keep } from "../../api/outbox";
import { asProblem } from "../../api/problem";
import type { Data } from "../../api/records";
import { listsChanged, recordChanged } from "../cache";
import type { Resource } from "../resource";

/** How a save ended, unless the server refused it. */
export type Saved = { state: "saved"; record: Data } | { state: "kept" } | { state: "conflict"; current: Data };

interface Save {
  resource: Resource;
  /** The record as it was seen; none to create one. */
  record?: Data;
  /** The values to create it with, or those that change. */
  values: Record<string, unknown>;
  /** Whoever saves; what cannot be sent now is kept for him or her on this device. */
  owner: string;
  queries: QueryClient;
}

/** Saves a record. Without a connection it is kept and sent later; if somebody was faster, nothing is overwritten. */
export async function saveRecord({ resource, record, values, owner, queries }: Save): Promise<Saved> {
  const key = newId();
  try {
    const saved = record
      ? await resource.api.update(record.id, record.etag, values)
      : await resource.api.create(values, key);
    recordChanged(queries, resource, saved);
    if (!record) listsChanged(queries, resource);
    return { state: "saved", record: saved };
  } catch (error) {
    const problem = asProblem(error);
    if (record && problem.reason === "STALE") return { state: "conflict", current: await resource.api.get(record.id) };
    if (!problem.passes) throw problem;
    const title = resource.title({ ...record, ...values, id: record?.id ?? "" });
    keep(owner, { id: key, resource: resource.name, recordId: record?.id, etag: record?.etag, title, values });
    return { state: "kept" };
  }
}
