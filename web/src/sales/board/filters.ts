import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { useMe } from "../../api/me";
import { usePreference } from "../../api/preferences";
import { MYSELF, requested } from "../../ui/list/filter";
import { DUE } from "../due";
import type { BoardQuery } from "./data";

export type Due = "" | "overdue" | "today";

/** What the board shows; its address holds it, so that it can be sent to somebody. */
export interface BoardState {
  pipeline: string;
  query: string;
  /** A user; `me` for whoever looks. */
  owner: string;
  due: Due;
}

const NAMES = { pipeline: "pipeline", query: "q", owner: "owner", due: "due" } as const;

/** What the board shows and how to change it; the pipeline that was looked at last is remembered. */
export function useBoardState(): [BoardState, (patch: Partial<BoardState>) => void] {
  const [parameters, setParameters] = useSearchParams();
  const [last, remember] = usePreference("board:pipeline", "");
  const state = useMemo<BoardState>(
    () => ({
      pipeline: parameters.get(NAMES.pipeline) ?? last,
      query: parameters.get(NAMES.query) ?? "",
      owner: parameters.get(NAMES.owner) ?? "",
      due: (parameters.get(NAMES.due) ?? "") as Due,
    }),
    [parameters, last],
  );
  const change = useCallback(
    (patch: Partial<BoardState>) => {
      if (patch.pipeline !== undefined) remember(patch.pipeline);
      setParameters(
        (before) => {
          const next = new URLSearchParams(before);
          for (const [name, value] of Object.entries(patch)) {
            const key = NAMES[name as keyof typeof NAMES];
            if (value) next.set(key, value);
            else next.delete(key);
          }
          return next;
        },
        { replace: true },
      );
    },
    [remember, setParameters],
  );
  return [state, change];
}

/** The same in the words of the API. */
export function useBoardQuery({ pipeline, query, owner, due }: BoardState): BoardQuery {
  const { user } = useMe();
  return useMemo(() => {
    const filter = owner ? [requested({ field: "owner_id", operator: "=", values: [owner || MYSELF] }, user.id)] : [];
    // The address may say anything.
    if (due === "overdue" || due === "today") filter.push(...DUE[due].map((condition) => requested(condition, user.id)));
    return { pipeline, filter, query: query.trim() };
  }, [pipeline, query, owner, due, user.id]);
}
