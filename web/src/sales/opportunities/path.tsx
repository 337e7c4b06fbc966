import { Button, Dropdown } from "antd";
import type { Data } from "../../api/records";
import { useT } from "../../i18n";
import { DownOutlined } from "../../ui/icons";
import { usePipelines, openStages, type Stage } from "../pipelines";
import { isOpen, type OpportunityActions } from "./actions";

/** The way of a deal through its stages; a click moves it, wins it or loses it. */
export function StagePath({ record, actions }: { record: Data; actions: OpportunityActions }) {
  const t = useT();
  const { data: pipelines = [] } = usePipelines();
  const pipeline = pipelines.find((one) => one.id === record.pipeline_id);
  if (!pipeline) return null;
  const open = isOpen(record);
  const may = actions.may(record);
  const present = pipeline.stages.findIndex((stage) => stage.id === record.stage_id);
  const steps = pipeline.stages.filter((stage) => (stage.type === "STAGE_TYPE_OPEN" && !stage.archived) || stage.id === record.stage_id);
  const others = pipelines.filter((one) => !one.archived && one.id !== pipeline.id);
  const place = (stage: Stage) => {
    if (stage.id === record.stage_id) return open ? "current" : record.status === "OPPORTUNITY_STATUS_WON" ? "won" : "lost";
    return pipeline.stages.indexOf(stage) < present ? "past" : "ahead";
  };
  return (
    <div className="stage-path">
      <ol aria-label={t("sales.deals.path")}>
        {steps.map((stage) => (
          <li key={stage.id} className={place(stage)}>
            <button
              type="button"
              aria-current={stage.id === record.stage_id ? "step" : undefined}
              disabled={!may || !open || stage.id === record.stage_id}
              onClick={() => void actions.run(record, "move", { stage_id: stage.id })}
            >
              {stage.name}
            </button>
          </li>
        ))}
      </ol>
      {may && open && (
        <span className="gap">
          <Button className="win" onClick={() => actions.close(record, true)}>
            {t("sales.deals.win")}
          </Button>
          <Button danger onClick={() => actions.close(record, false)}>
            {t("sales.deals.lose")}
          </Button>
          {others.length > 0 && (
            <Dropdown
              trigger={["click"]}
              autoFocus
              menu={{
                items: others.map((one) => ({
                  key: one.id,
                  type: "group" as const,
                  label: one.name,
                  children: openStages(one).map((stage) => ({ key: stage.id, label: stage.name, onClick: () => void actions.run(record, "move", { stage_id: stage.id }) })),
                })),
              }}
            >
              <Button aria-haspopup="menu">
                {t("sales.deals.otherPipeline")} <DownOutlined />
              </Button>
            </Dropdown>
          )}
        </span>
      )}
      {may && !open && <Button onClick={() => void actions.run(record, "reopen")}>{t("sales.deals.reopen")}</Button>}
    </div>
  );
}
