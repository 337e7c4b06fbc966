import { useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import type { ReactNode } from "react";
import { send } from "../api/client";
import { newId } from "../api/id";
import { asProblem } from "../api/problem";
import type { Data } from "../api/records";
import { useT } from "../i18n";
import { listsChanged, recordChanged } from "../ui/cache";
import { problemText } from "../ui/problem-text";
import type { Resource } from "../ui/resource";
import { useStaleNotice } from "./stale";

/** Does what changes the state of a record; `undefined` when it could not be done, which is said. */
export type RunVerb = (record: Data, verb: string, values?: Record<string, unknown>) => Promise<Data | undefined>;

/** What changes the state of records of one kind; the element has to stand on the page. */
export function useVerbs(resource: Resource, collectionPath: string): [RunVerb, ReactNode] {
  const t = useT();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const [showStale, holder] = useStaleNotice(resource);
  const run: RunVerb = async (record, verb, values = {}) => {
    try {
      const path = `${collectionPath}/${record.id}/${verb}`;
      const changed = await send<Data>({ method: "POST", path, body: { etag: record.etag, ...values }, idempotencyKey: newId() });
      recordChanged(queries, resource, changed);
      listsChanged(queries, resource);
      for (const key of ["stage-visits", "prediction", "assignments"]) void queries.invalidateQueries({ queryKey: [key, record.id] });
      for (const key of ["board", "report"]) void queries.invalidateQueries({ queryKey: [key] });
      return changed;
    } catch (error) {
      const problem = asProblem(error);
      if (problem.reason === "STALE") await showStale(record);
      else void message.error(problemText(problem, t));
      return undefined;
    }
  };
  return [run, holder];
}
