import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { answer, client, type Schemas } from "../../api/client";
import { useT } from "../../i18n";
import { ChartPanel } from "../../ui/chart/chart";
import { usePalette } from "../../ui/chart/palette";
import { formatNumber } from "../../ui/format";
import type { LinkTo, Subject } from "./choice";
import { Unconverted } from "./unconverted";
import { daysOf, type Months } from "./period";
import { scaleOf } from "./scale";

type Row = Schemas["sales.SalesMonth"];

export function useSalesReport(subject: Subject, { start, end }: Months) {
  const parameters = { ...subject, start_month: start, end_month: end };
  return useQuery({
    queryKey: ["report", "sales", parameters],
    queryFn: ({ signal }) => answer(client.GET("/v1/reports/sales", { params: { query: parameters }, signal })),
    staleTime: 30_000,
  });
}

/** What was won in each month, and how many new deals came. */
export function SalesReport({ subject, months, link, createdIn }: { subject: Subject; months: Months; link: LinkTo; createdIn: (months: Months) => string[] }) {
  const t = useT();
  const { base, value, category, color } = usePalette();
  const query = useSalesReport(subject, months);
  const { data } = query;
  const currency = data?.currency || "CNY";
  const scale = useMemo(() => scaleOf(currency), [currency]);
  const rows = useMemo(() => data?.months ?? [], [data]);
  const [won, created] = [t("sales.dashboard.won"), t("sales.dashboard.created")];
  const option = useMemo(
    () => ({
      ...base,
      grid: { left: 4, right: 4, top: 14, bottom: 30, outerBoundsMode: "same" },
      tooltip: { ...base.tooltip, trigger: "axis", axisPointer: { type: "shadow" } },
      xAxis: { type: "category", ...category, data: rows.map((row) => row.month) },
      yAxis: [
        { type: "value", ...value, axisLabel: { ...value.axisLabel, formatter: scale.short } },
        { type: "value", ...value, minInterval: 1, splitLine: { show: false } },
      ],
      series: [
        { type: "bar", name: won, color: color.won, barMaxWidth: 30, itemStyle: { borderRadius: [3, 3, 0, 0] }, tooltip: { valueFormatter: scale.exact }, data: rows.map((row) => scale.of(row.won?.amount_minor)) },
        { type: "line", name: created, color: color.open, yAxisIndex: 1, symbolSize: 6, data: rows.map((row) => Number(row.created ?? 0)) },
      ],
    }),
    [rows, base, value, category, color, scale, won, created],
  );
  const linkOf = (row: Row, series?: number) => {
    const month = { start: row.month ?? "", end: row.month ?? "" };
    if (series === 1) return link(createdIn(month));
    const { first, last } = daysOf(month);
    return link(["status=OPPORTUNITY_STATUS_WON", `close_date>=${first}`, `close_date<=${last}`]);
  };
  return (
    <ChartPanel<Row>
      title={t("sales.dashboard.sales")}
      query={query}
      rows={rows}
      keyOf={(row) => row.month ?? ""}
      option={option}
      linkOf={linkOf}
      columns={[
        { title: t("sales.dashboard.monthName"), cell: (row) => row.month },
        { title: won, number: true, cell: (row) => scale.money(row.won?.amount_minor) },
        { title: t("sales.dashboard.count"), number: true, cell: (row) => formatNumber(Number(row.won?.count ?? 0)) },
        { title: t("sales.dashboard.lost"), number: true, cell: (row) => scale.money(row.lost?.amount_minor) },
        { title: created, number: true, cell: (row) => formatNumber(Number(row.created ?? 0)) },
      ]}
      note={<Unconverted totals={rows.flatMap((row) => [row.won, row.lost])} />}
    />
  );
}
