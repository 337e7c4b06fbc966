import type { QueryClient } from "@tanstack/react-query";
import { newId } from "../../api/id";
import { keep } from "../../api/outbox";
import { asProblem } from "../../api/problem";
import type { Data } from "../../api/records";
import { listsChanged, recordChanged } from "../cache";
import type { Translate } from "../../i18n";
import { fieldLabel } from "../field";
import type { Resource } from "../resource";
import { merge } from "./merge";

/** How a save ended, unless the server refused it. */
export type Saved =
  | {
      state: "saved";
      record: Data;
      /** What somebody else has changed meanwhile, which stands beside it. */
      merged: string[];
    }
  | { state: "kept" }
  | { state: "conflict"; current: Data; changed: string[] };

/** Somebody who is overtaken more often than that is asked. */
const MOST_TRIES = 3;

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

/**
 * Saves a record. Without a connection it is kept and sent later. If somebody was faster, both changes stand where they
 * are of different fields; nothing is overwritten that one has not seen.
 */
export async function saveRecord({ resource, record, values, owner, queries }: Save): Promise<Saved> {
  const key = newId();
  try {
    const saved = record ? await change(resource, record, values) : { state: "saved" as const, record: await resource.api.create(values, key), merged: [] };
    if (saved.state === "saved") recordChanged(queries, resource, saved.record);
    if (!record) listsChanged(queries, resource);
    return saved;
  } catch (error) {
    const problem = asProblem(error);
    if (!problem.passes) throw problem;
    const title = resource.title({ ...record, ...values, id: record?.id ?? "" });
    keep(owner, { id: key, resource: resource.name, recordId: record?.id, etag: record?.etag, title, values });
    return { state: "kept" };
  }
}

async function change(resource: Resource, record: Data, values: Record<string, unknown>): Promise<Exclude<Saved, { state: "kept" }>> {
  const changed = new Set<string>();
  let merged: string[] = [];
  let etag = record.etag;
  for (let tries = 1; ; tries += 1) {
    try {
      return { state: "saved", record: await resource.api.update(record.id, etag, values), merged };
    } catch (error) {
      const problem = asProblem(error);
      if (problem.reason !== "STALE") throw problem;
      problem.changedFields.forEach((name) => changed.add(name));
      const current = await resource.api.get(record.id);
      // What the service sets by itself is nobody's choice.
      const written = resource.fields.filter((field) => !field.readOnly).map((field) => field.name);
      const names = [...new Set([...written, ...Object.keys(values)])];
      const found = merge(record, current, values, names, [...changed]);
      if (found.disputed.length > 0 || tries === MOST_TRIES) return { state: "conflict", current, changed: [...changed] };
      merged = found.theirs;
      etag = current.etag;
    }
  }
}

/** Says what of somebody else's change stands beside one's own; nothing if there is none. */
export function mergedText(resource: Resource, merged: readonly string[], t: Translate): string | undefined {
  if (merged.length === 0) return undefined;
  return t("ui.conflict.merged", { fields: merged.map((name) => fieldLabel(resource.name, name)).join(", ") });
}
