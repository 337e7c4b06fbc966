import { expect, it } from "vitest";
import { stepped, withNew, type DraftStage } from "./stages";

const stage = (key: string, type: DraftStage["type"] = "STAGE_TYPE_OPEN"): DraftStage => ({ key, name: key, type });
const stages = [stage("a"), stage("b"), stage("won", "STAGE_TYPE_WON"), stage("lost", "STAGE_TYPE_LOST")];
const keys = (list: DraftStage[]) => list.map((one) => one.key).join(" ");

it("a stage goes one step, but not out of the list", () => {
  expect(keys(stepped(stages, "b", -1))).toBe("b a won lost");
  expect(keys(stepped(stages, "a", 1))).toBe("b a won lost");
  expect(keys(stepped(stages, "a", -1))).toBe("a b won lost");
  expect(keys(stepped(stages, "lost", 1))).toBe("a b won lost");
  expect(keys(stepped(stages, "unknown", 1))).toBe("a b won lost");
});

it("a new stage stands before those in which deals end", () => {
  expect(keys(withNew(stages, stage("c")))).toBe("a b c won lost");
  expect(keys(withNew(stages.slice(2), stage("c")))).toBe("c won lost");
});
