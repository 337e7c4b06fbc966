import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { answer, client, type Schemas } from "../api/client";

export type Stage = Schemas["sales.Stage"] & { id: string };
export type Pipeline = Omit<Schemas["sales.Pipeline"], "stages"> & { id: string; stages: Stage[] };

export const PIPELINES = ["pipelines"] as const;

/** Every pipeline in the order in which they stand; there are at most a hundred. */
export async function fetchPipelines(): Promise<Pipeline[]> {
  const query = { page_size: 200, order_by: "position" };
  const page = await answer(client.GET("/v1/pipelines", { params: { query } }));
  return (page.pipelines ?? []) as Pipeline[];
}

/** The ways of selling and their stages. */
export function usePipelines(enabled = true) {
  return useQuery({ queryKey: PIPELINES, queryFn: fetchPipelines, staleTime: 60_000, enabled });
}

/** Every stage of every pipeline, by its id. */
export function useStages(): ReadonlyMap<string, Stage> {
  const { data } = usePipelines();
  return useMemo(() => new Map(data?.flatMap(({ stages }) => stages.map((stage) => [stage.id, stage] as const))), [data]);
}

/** The pipeline that opportunities go into unless another one is given. */
export const defaultPipeline = (pipelines: Pipeline[] | undefined) => pipelines?.find((one) => !one.archived);

/** The stages of a pipeline in which opportunities are worked on. */
export const openStages = (pipeline: Pipeline | undefined) =>
  pipeline?.stages.filter(({ type, archived }) => type === "STAGE_TYPE_OPEN" && !archived) ?? [];
