import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { answer, client, type Schemas } from "../../api/client";
import { useT } from "../../i18n";
import { ChartPanel } from "../../ui/chart/chart";
import { usePalette } from "../../ui/chart/palette";
import { formatNumber } from "../../ui/format";
import type { LinkTo, Subject } from "./choice";
import { Unconverted } from "./unconverted";
import { scaleOf } from "./scale";

type Row = Schemas["sales.PipelineReportStage"];

export function usePipelineReport(subject: Subject) {
  return useQuery({
    queryKey: ["report", "pipeline", subject],
    queryFn: ({ signal }) => answer(client.GET("/v1/reports/pipeline", { params: { query: subject }, signal })),
    staleTime: 30_000,
  });
}

/** What the open deals amount to, stage by stage. */
export function PipelineReport({ subject, link }: { subject: Subject; link: LinkTo }) {
  const t = useT();
  const { base, value, category, color } = usePalette();
  const query = usePipelineReport(subject);
  const { data } = query;
  const currency = data?.currency || "CNY";
  const rows = useMemo(() => data?.stages ?? [], [data]);
  const scale = useMemo(() => scaleOf(currency), [currency]);
  const [amount, weighted] = [t("sales.dashboard.amount"), t("sales.dashboard.weighted")];
  const option = useMemo(() => {
    const bar = { type: "bar", barMaxWidth: 18, cursor: "pointer", itemStyle: { borderRadius: 3 } };
    return {
      ...base,
      grid: { left: 4, right: 20, top: 8, bottom: 30, outerBoundsMode: "same" },
      tooltip: { ...base.tooltip, trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: scale.exact },
      xAxis: { type: "value", ...value, axisLabel: { ...value.axisLabel, formatter: scale.short } },
      yAxis: { type: "category", inverse: true, ...category, data: rows.map((row) => `${row.name} (${formatNumber(Number(row.totals?.count ?? 0))})`) },
      series: [
        { ...bar, name: amount, color: color.pale, data: rows.map((row) => scale.of(row.totals?.amount_minor)) },
        { ...bar, name: weighted, color: color.open, data: rows.map((row) => scale.of(row.totals?.weighted_amount_minor)) },
      ],
    };
  }, [rows, base, value, category, color, scale, amount, weighted]);
  return (
    <ChartPanel<Row>
      title={t("sales.dashboard.pipeline")}
      query={query}
      rows={rows}
      total={{ stage_id: "", totals: data?.total }}
      keyOf={(row) => row.stage_id ?? ""}
      option={option}
      linkOf={(row) => link([`stage_id=${row.stage_id}`])}
      columns={[
        { title: t("sales.dashboard.stage"), cell: (row) => row.name },
        { title: t("sales.dashboard.count"), number: true, cell: (row) => formatNumber(Number(row.totals?.count ?? 0)) },
        { title: amount, number: true, cell: (row) => scale.money(row.totals?.amount_minor) },
        { title: weighted, number: true, cell: (row) => scale.money(row.totals?.weighted_amount_minor) },
      ]}
      note={<Unconverted totals={[data?.total]} />}
    />
  );
}
