import type { Schemas } from "../../api/client";

type ApiStage = Schemas["sales.Stage"];

/** A stage as it is edited; a new one has no id yet. */
export type DraftStage = ApiStage & { key: string };

/** The place of a stage after one step, or where it was if the step leads out of the list. */
export function stepped(stages: readonly DraftStage[], key: string, step: number): DraftStage[] {
  const at = stages.findIndex((stage) => stage.key === key);
  const to = at + step;
  if (at < 0 || to < 0 || to >= stages.length) return [...stages];
  const next = [...stages];
  next.splice(to, 0, ...next.splice(at, 1));
  return next;
}

/** A new open stage stands after the last open one, before those in which deals end. */
export function withNew(stages: readonly DraftStage[], stage: DraftStage): DraftStage[] {
  const last = stages.findLastIndex((one) => one.type === "STAGE_TYPE_OPEN");
  return stages.toSpliced(last + 1, 0, stage);
}
