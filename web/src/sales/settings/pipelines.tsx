import { useMutation, useQueryClient } from "@tanstack/react-query";
import { App, Button, Empty } from "antd";
import { useState } from "react";
import { answer, client } from "../../api/client";
import { useCan } from "../../api/me";
import { asProblem } from "../../api/problem";
import { useT } from "../../i18n";
import { kindLabel } from "../../ui/field";
import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined, EditOutlined, PlusOutlined } from "../../ui/icons";
import { Mark } from "../../ui/mark";
import { problemText } from "../../ui/problem-text";
import { formatPercent } from "../format";
import { defaultPipeline, PIPELINES, usePipelines, type Pipeline } from "../pipelines";
import { PipelineDialog } from "./pipeline-dialog";
import { WinModelPanel } from "./win-model";

/** Loads again what names of pipelines and stages are shown from. */
export function usePipelinesChanged() {
  const queries = useQueryClient();
  return () => {
    for (const key of [PIPELINES, ["name", "sales.stage"], ["name", "sales.pipeline"], ["pick"], ["board"], ["report"]]) void queries.invalidateQueries({ queryKey: key });
  };
}

/** The ways of selling, whose first one is the usual. */
export function PipelinesPage() {
  const t = useT();
  const can = useCan();
  const changed = usePipelinesChanged();
  const { message, modal } = App.useApp();
  const { data: pipelines = [], isPending } = usePipelines();
  const [edited, setEdited] = useState<Pipeline | "new" | null>(null);
  const failed = (error: Error) => void message.error(problemText(asProblem(error), t));
  const remove = useMutation({
    mutationFn: ({ id, etag }: Pipeline) => answer(client.DELETE("/v1/pipelines/{id}", { params: { path: { id }, query: { etag } } })),
    onSuccess: changed,
    onError: failed,
  });
  const archive = useMutation({
    mutationFn: ({ id, etag, archived }: Pipeline) =>
      answer(client.PATCH("/v1/pipelines/{id}", { params: { path: { id }, query: { update_mask: "archived" } }, body: { etag, archived: !archived } })),
    onSuccess: changed,
    onError: failed,
  });
  const reorder = useMutation({
    async mutationFn(order: Pipeline[]) {
      for (const [position, one] of order.entries()) {
        if (one.position === position) continue;
        await answer(client.PATCH("/v1/pipelines/{id}", { params: { path: { id: one.id }, query: { update_mask: "position" } }, body: { etag: one.etag, position } }));
      }
    },
    onError: failed,
    onSettled: changed,
  });
  const move = (index: number, step: number) => {
    const order = [...pipelines];
    order.splice(index + step, 0, ...order.splice(index, 1));
    reorder.mutate(order);
  };
  const mayChange = can.do("sales.pipeline.update");
  const usual = defaultPipeline(pipelines)?.id;

  return (
    <div className="settings-page">
      <div className="settings-head">
        <h1>{kindLabel("sales.pipeline", "many")}</h1>
        {can.do("sales.pipeline.create") && (
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setEdited("new")}>
            {t("ui.new")}
          </Button>
        )}
      </div>
      <p className="muted">{t("sales.settings.pipelines.lead")}</p>
      {pipelines.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={isPending ? t("ui.loading") : t("ui.nothingYet")} />}
      {pipelines.map((one, index) => {
        const name = one.name ?? "";
        return (
          <div key={one.id} className="panel">
            <div className="pipeline-head">
              <h2>{name}</h2>
              {one.id === usual && <Mark tone="blue">{t("sales.settings.pipelines.default")}</Mark>}
              {one.archived && <Mark>{t("sales.settings.pipelines.archived")}</Mark>}
              <span className="spacer" />
              {mayChange && (
                <>
                  {pipelines.length > 1 && (
                    <>
                      <Button size="small" type="text" icon={<ArrowUpOutlined />} aria-label={t("sales.settings.pipelines.up", { name })} disabled={index === 0 || reorder.isPending} onClick={() => move(index, -1)} />
                      <Button size="small" type="text" icon={<ArrowDownOutlined />} aria-label={t("sales.settings.pipelines.down", { name })} disabled={index === pipelines.length - 1 || reorder.isPending} onClick={() => move(index, 1)} />
                    </>
                  )}
                  <Button size="small" icon={<EditOutlined />} aria-label={t("sales.settings.pipelines.edit", { name })} onClick={() => setEdited(one)}>
                    {t("ui.edit")}
                  </Button>
                  <Button size="small" onClick={() => archive.mutate(one)}>
                    {t(one.archived ? "sales.settings.pipelines.unarchive" : "sales.settings.pipelines.archive")}
                  </Button>
                </>
              )}
              {can.do("sales.pipeline.delete") && (
                <Button
                  size="small"
                  type="text"
                  icon={<DeleteOutlined />}
                  aria-label={t("sales.settings.pipelines.removeOf", { name })}
                  onClick={() =>
                    modal.confirm({
                      title: t("sales.settings.pipelines.askRemove", { name }),
                      okText: t("ui.delete"),
                      okButtonProps: { danger: true },
                      cancelText: t("ui.cancel"),
                      onOk: () => remove.mutate(one),
                    })
                  }
                />
              )}
            </div>
            <ol className="stage-chips" aria-label={t("sales.settings.pipelines.stages", { name })}>
              {one.stages
                .filter((stage) => !stage.archived)
                .map((stage) => (
                  <li key={stage.id}>
                    {stage.name} <span className="muted tabular">{formatPercent(stage.probability ?? 0)}</span>
                  </li>
                ))}
            </ol>
          </div>
        );
      })}
      {can.do("sales.win_model.read") && <WinModelPanel />}
      {edited && <PipelineDialog pipeline={edited === "new" ? undefined : edited} onClose={() => setEdited(null)} />}
    </div>
  );
}
