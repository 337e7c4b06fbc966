import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button } from "antd";
import { answer, client } from "../../api/client";
import { useCan } from "../../api/me";
import { asProblem } from "../../api/problem";
import { useT } from "../../i18n";
import { formatNumber, formatTime } from "../../ui/format";
import { problemText } from "../../ui/problem-text";
import { Panel } from "../../ui/record/page";
import { formatPercent } from "../format";

const WIN_MODEL = ["win-model"];

/** What the prediction of wins was learned from and how good it is. */
export function WinModelPanel() {
  const t = useT();
  const can = useCan();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const { data } = useQuery({ queryKey: WIN_MODEL, queryFn: () => answer(client.GET("/v1/win-model")), staleTime: 60_000 });
  const train = useMutation({
    mutationFn: () => answer(client.POST("/v1/win-model:train", { body: {} })),
    onSuccess: () => {
      void message.success(t("sales.settings.winModel.training"));
      setTimeout(() => void queries.invalidateQueries({ queryKey: WIN_MODEL }), 3000);
    },
    onError: (error) => void message.error(problemText(asProblem(error), t)),
  });
  if (!data) return null;
  const numbers = { count: formatNumber(data.examples ?? 0), won: formatNumber(data.won ?? 0) };
  return (
    <Panel
      title={t("sales.settings.winModel.title")}
      action={
        can.do("sales.win_model.update") && (
          <Button size="small" loading={train.isPending} onClick={() => train.mutate()}>
            {t("sales.settings.winModel.train")}
          </Button>
        )
      }
    >
      {data.train_time ? (
        <>
          <p>{t("sales.settings.winModel.learned", { ...numbers, time: formatTime(data.train_time) })}</p>
          <p className="muted">{t("sales.settings.winModel.quality", { model: formatPercent(100 * (data.auc ?? 0), 0), stages: formatPercent(100 * (data.stage_auc ?? 0), 0) })}</p>
        </>
      ) : (
        <p className="muted">{t("sales.settings.winModel.few", { ...numbers, needed: data.minimum_examples ?? 0 })}</p>
      )}
    </Panel>
  );
}
