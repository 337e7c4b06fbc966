import { useMutation } from "@tanstack/react-query";
import { Alert, Button, Form, Input, InputNumber, Modal, Select, Tooltip } from "antd";
import { useState } from "react";
import { answer, client, type Schemas } from "../../api/client";
import { newId } from "../../api/id";
import { asProblem } from "../../api/problem";
import { useT, type Translate } from "../../i18n";
import { fieldLabel, kindLabel, valueLabel } from "../../ui/field";
import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined, EyeOutlined, PlusOutlined } from "../../ui/icons";
import { Mark } from "../../ui/mark";
import { problemText } from "../../ui/problem-text";
import type { Pipeline } from "../pipelines";
import { usePipelinesChanged } from "./pipelines";
import { stepped, withNew, type DraftStage } from "./stages";

const MOST = 30;
const CATEGORIES = ["FORECAST_CATEGORY_PIPELINE", "FORECAST_CATEGORY_BEST_CASE", "FORECAST_CATEGORY_COMMIT"] as const;

/** What of a stage the service is told. */
const sent = ({ id, name, type, probability, rot_days, forecast_category, archived }: DraftStage): Schemas["sales.Stage"] => ({ id, name, type, probability, rot_days, forecast_category, archived });

const fresh = (stage: Schemas["sales.Stage"]): DraftStage => ({ ...stage, key: newId() });

/** What a new pipeline begins with: two stages to work in, and the two ends. */
function freshStages(t: Translate): DraftStage[] {
  const text = (name: "first" | "second" | "won" | "lost") => t(`sales.settings.pipelines.newStages.${name}`);
  return [
    fresh({ name: text("first"), type: "STAGE_TYPE_OPEN", probability: 20, rot_days: 30 }),
    fresh({ name: text("second"), type: "STAGE_TYPE_OPEN", probability: 50, rot_days: 30 }),
    fresh({ name: text("won"), type: "STAGE_TYPE_WON", probability: 100 }),
    fresh({ name: text("lost"), type: "STAGE_TYPE_LOST", probability: 0 }),
  ];
}

/** Edits a pipeline: its name and its stages, their order and what they stand for. */
export function PipelineDialog({ pipeline, onClose }: { pipeline?: Pipeline; onClose: () => void }) {
  const t = useT();
  const changed = usePipelinesChanged();
  const [name, setName] = useState(pipeline?.name ?? "");
  const [stages, setStages] = useState<DraftStage[]>(() => pipeline?.stages.map((stage) => ({ ...stage, key: stage.id })) ?? freshStages(t));
  const save = useMutation({
    mutationFn: () => {
      const body = { name, stages: stages.map(sent) };
      if (!pipeline) return answer(client.POST("/v1/pipelines", { body }));
      const params = { path: { id: pipeline.id }, query: { update_mask: "name,stages" } };
      return answer(client.PATCH("/v1/pipelines/{id}", { params, body: { ...body, etag: pipeline.etag } }));
    },
    onSuccess: () => {
      changed();
      onClose();
    },
  });
  const change = (key: string, patch: Partial<DraftStage>) => setStages(stages.map((stage) => (stage.key === key ? { ...stage, ...patch } : stage)));
  const label = (field: string) => fieldLabel("sales.stage", field);

  return (
    <Modal
      open
      width={860}
      title={pipeline ? t("sales.settings.pipelines.edit", { name: pipeline.name ?? "" }) : t("ui.form.new", { kind: kindLabel("sales.pipeline") })}
      okText={t("ui.save")}
      cancelText={t("ui.cancel")}
      okButtonProps={{ disabled: !name.trim() || stages.some((stage) => !stage.name.trim()) }}
      confirmLoading={save.isPending}
      onOk={() => save.mutate()}
      onCancel={onClose}
    >
      {save.error && <Alert type="error" showIcon role="alert" title={problemText(asProblem(save.error), t)} className="spaced" />}
      <Form layout="vertical" onFinish={() => save.mutate()}>
        <Form.Item label={t("ui.fields.name")} htmlFor="pipeline-name" required>
          <Input id="pipeline-name" autoFocus value={name} maxLength={100} onChange={(event) => setName(event.target.value)} />
        </Form.Item>
      </Form>
      <div className="scrolling">
        <table className="plain-table stage-table">
          <thead>
            <tr>
              <th scope="col">{kindLabel("sales.stage")}</th>
              <th scope="col">{label("type")}</th>
              <th scope="col">{label("probability")}</th>
              <th scope="col">{label("rot_days")}</th>
              <th scope="col">{label("forecast_category")}</th>
              <th scope="col">
                <span className="unseen">{t("ui.moreActions")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {stages.map((stage, index) => (
              <StageRow
                key={stage.key}
                stage={stage}
                number={index + 1}
                first={index === 0}
                last={index === stages.length - 1}
                onChange={(patch) => change(stage.key, patch)}
                onStep={(step) => setStages(stepped(stages, stage.key, step))}
                onRemove={() => setStages(stages.filter((one) => one.key !== stage.key))}
              />
            ))}
          </tbody>
        </table>
      </div>
      <Button type="link" icon={<PlusOutlined />} disabled={stages.length >= MOST} onClick={() => setStages(withNew(stages, fresh({ name: "", type: "STAGE_TYPE_OPEN", probability: 50, rot_days: 30 })))}>
        {t("sales.settings.pipelines.addStage")}
      </Button>
    </Modal>
  );
}

interface RowProps {
  stage: DraftStage;
  number: number;
  first: boolean;
  last: boolean;
  onChange: (patch: Partial<DraftStage>) => void;
  onStep: (step: number) => void;
  onRemove: () => void;
}

function StageRow({ stage, number, first, last, onChange, onStep, onRemove }: RowProps) {
  const t = useT();
  const open = stage.type === "STAGE_TYPE_OPEN";
  const { name } = stage;
  const label = (field: string) => `${fieldLabel("sales.stage", field)}: ${name}`;
  return (
    <tr>
      <td>
        <Input className={stage.archived ? "archived" : undefined} aria-label={t("sales.settings.pipelines.stageName", { number })} autoFocus={!name} value={name} maxLength={100} onChange={(event) => onChange({ name: event.target.value })} />
      </td>
      <td>
        {stage.id ? (
          <Mark tone={open ? "blue" : stage.type === "STAGE_TYPE_WON" ? "green" : "plain"}>{valueLabel("sales.stage", stage.type)}</Mark>
        ) : (
          <Select
            aria-label={label("type")}
            value={stage.type}
            options={(["STAGE_TYPE_OPEN", "STAGE_TYPE_WON", "STAGE_TYPE_LOST"] as const).map((value) => ({ value, label: valueLabel("sales.stage", value) }))}
            onChange={(type) => onChange({ type, ...(type !== "STAGE_TYPE_OPEN" && { probability: type === "STAGE_TYPE_WON" ? 100 : 0, rot_days: 0 }) })}
          />
        )}
      </td>
      <td>
        {open && <InputNumber aria-label={label("probability")} value={stage.probability ?? 0} min={0} max={100} precision={0} controls={false} suffix="%" onChange={(probability) => onChange({ probability: probability ?? 0 })} />}
      </td>
      <td>
        {open && <InputNumber aria-label={label("rot_days")} value={stage.rot_days || undefined} placeholder={t("sales.settings.pipelines.never")} min={0} max={3650} precision={0} controls={false} onChange={(rot_days) => onChange({ rot_days: rot_days ?? 0 })} />}
      </td>
      <td>
        {open && (
          <Select
            aria-label={label("forecast_category")}
            value={stage.forecast_category && stage.forecast_category !== "FORECAST_CATEGORY_UNSPECIFIED" ? stage.forecast_category : "FORECAST_CATEGORY_PIPELINE"}
            options={CATEGORIES.map((value) => ({ value, label: valueLabel("sales.stage", value) }))}
            onChange={(forecast_category) => onChange({ forecast_category })}
          />
        )}
      </td>
      <td className="nowrap">
        <Button size="small" type="text" icon={<ArrowUpOutlined />} aria-label={t("sales.settings.pipelines.up", { name })} disabled={first} onClick={() => onStep(-1)} />
        <Button size="small" type="text" icon={<ArrowDownOutlined />} aria-label={t("sales.settings.pipelines.down", { name })} disabled={last} onClick={() => onStep(1)} />
        {stage.id && (
          <Tooltip title={t(stage.archived ? "sales.settings.pipelines.unarchive" : "sales.settings.pipelines.archive")}>
            <Button
              size="small"
              type={stage.archived ? "primary" : "text"}
              icon={<EyeOutlined />}
              aria-label={t(stage.archived ? "sales.settings.pipelines.unarchiveOf" : "sales.settings.pipelines.archiveOf", { name })}
              onClick={() => onChange({ archived: !stage.archived })}
            />
          </Tooltip>
        )}
        <Button size="small" type="text" icon={<DeleteOutlined />} aria-label={t("sales.settings.pipelines.removeOf", { name })} onClick={onRemove} />
      </td>
    </tr>
  );
}
