import { useQuery } from "@tanstack/react-query";
import { answer, client, type Schemas } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { Data } from "../../api/records";
import { textOf, useT } from "../../i18n";
import { valueLabel } from "../../ui/field";
import { formatMoney, formatTime, toMinor } from "../../ui/format";
import { Panel } from "../../ui/record/page";
import { problemText } from "../../ui/problem-text";
import { formatPercent } from "../format";
import { useStages } from "../pipelines";
import { isOpen } from "./actions";

type Reason = Schemas["sales.PredictionReason"];

/** How likely a deal is won, as learned from those that are closed, and why. */
export function WinPrediction({ record }: { record: Data }) {
  const t = useT();
  const { data, error } = useQuery({
    queryKey: ["prediction", record.id, record.etag],
    queryFn: ({ signal }) => answer(client.GET("/v1/opportunities/{id}/prediction", { params: { path: { id: record.id } }, signal })),
    enabled: isOpen(record),
    retry: false,
    staleTime: 60_000,
  });
  if (!isOpen(record)) return null;
  const problem = error ? asProblem(error) : null;
  const most = Math.max(0.01, ...(data?.reasons ?? []).map((reason) => Math.abs(reason.effect ?? 0)));
  return (
    <Panel title={t("sales.prediction.title")}>
      {problem && <p className="muted">{problemText(problem, t)}</p>}
      {data && (
        <>
          <p className="prediction">
            <b>{formatPercent(data.probability ?? 0)}</b> <span className="muted">{t("sales.prediction.stage", { percent: formatPercent(data.stage_probability ?? 0) })}</span>
          </p>
          <ul className="reasons">
            {data.reasons?.map((reason) => (
              <li key={reason.feature}>
                <span>
                  {textOf(`sales.prediction.features.${reason.feature}`) ?? reason.feature} <span className="muted"><ReasonValue reason={reason} /></span>
                </span>
                <span className="unseen">{t((reason.effect ?? 0) >= 0 ? "sales.prediction.raises" : "sales.prediction.lowers")}</span>
                <meter className={(reason.effect ?? 0) >= 0 ? "raises" : "lowers"} min={0} max={most} value={Math.abs(reason.effect ?? 0)} aria-hidden />
                <span aria-hidden className="tabular">{(reason.effect ?? 0) >= 0 ? "▲" : "▼"}</span>
              </li>
            ))}
          </ul>
          <p className="muted">{t("sales.prediction.trained", { time: formatTime(data.train_time) })}</p>
        </>
      )}
    </Panel>
  );
}

function ReasonValue({ reason: { feature, value = "" } }: { reason: Reason }) {
  const t = useT();
  const stages = useStages();
  if (feature === "stage") return stages.get(value)?.name ?? "";
  if (feature === "source") return valueLabel("sales.opportunity", value) || value;
  if (feature === "age") return t("sales.prediction.days", { range: value.replace("-", "–") });
  const [, currency = "", least = "", most = ""] = /^([A-Z]{3}) (\d+)-(\d+)$/.exec(value) ?? [];
  if (currency) return [least, most].map((whole) => formatMoney(toMinor(whole, currency) ?? "0", currency)).join(" – ");
  return textOf(`sales.prediction.values.${value}`) ?? value;
}
