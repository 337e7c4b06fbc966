import { useQuery } from "@tanstack/react-query";
import { Segmented } from "antd";
import { useMemo, useState } from "react";
import { answer, client } from "../../api/client";
import { useT } from "../../i18n";
import { ChartPanel } from "../../ui/chart/chart";
import { usePalette } from "../../ui/chart/palette";
import { formatPercent } from "../format";
import type { LinkTo, Subject } from "./choice";
import { forecastFilters } from "./forecast-link";
import { inTreeOrder, saysSomething, type ForecastRow } from "./forecast-tree";
import { Unconverted } from "./unconverted";
import type { Months } from "./period";
import { scaleOf } from "./scale";

type Row = ForecastRow & { depth: number };

export function useForecast(subject: Subject, { start, end }: Months) {
  const parameters = { ...subject, start_month: start, end_month: end };
  return useQuery({
    queryKey: ["report", "forecast", parameters],
    queryFn: ({ signal }) => answer(client.GET("/v1/reports/forecast", { params: { query: parameters }, signal })),
    staleTime: 30_000,
  });
}

/** What is won and what may come against what was to be won, by user or by department. */
export function ForecastReport({ subject, months, link, closed }: { subject: Subject; months: Months; link: LinkTo; closed: string[] }) {
  const t = useT();
  const { base, value, category, color } = usePalette();
  const [by, setBy] = useState<"owners" | "departments">("owners");
  const query = useForecast(subject, months);
  const { data } = query;
  const scale = useMemo(() => scaleOf(data?.currency || "CNY"), [data?.currency]);
  const rows = useMemo<Row[]>(() => {
    const owners = (data?.owners ?? []).map((row) => ({ ...row, depth: 0 })).sort((one, other) => Number(other.closed?.amount_minor ?? 0) - Number(one.closed?.amount_minor ?? 0));
    const departments = inTreeOrder(data?.departments ?? []).map(({ row, depth }) => ({ ...row, depth }));
    return (by === "owners" ? owners : departments).filter(saysSomething);
  }, [data, by]);
  const option = useMemo(() => {
    const bar = { type: "bar", stack: "all", barMaxWidth: 16, cursor: "pointer" };
    const parts = [
      { name: t("sales.dashboard.closed"), color: color.won, data: rows.map((row) => scale.of(row.closed?.amount_minor)) },
      { name: t("sales.values.FORECAST_CATEGORY_COMMIT"), color: color.commit, data: rows.map((row) => scale.of(row.commit?.amount_minor)) },
      { name: t("sales.values.FORECAST_CATEGORY_BEST_CASE"), color: color.best, data: rows.map((row) => scale.of(row.best_case?.amount_minor)) },
      { name: t("sales.values.FORECAST_CATEGORY_PIPELINE"), color: color.pipeline, data: rows.map((row) => scale.of(row.pipeline?.amount_minor)) },
    ];
    return {
      ...base,
      grid: { left: 4, right: 20, top: 8, bottom: 30, outerBoundsMode: "same" },
      tooltip: { ...base.tooltip, trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: scale.exact },
      xAxis: { type: "value", ...value, axisLabel: { ...value.axisLabel, formatter: scale.short } },
      yAxis: { type: "category", inverse: true, ...category, data: rows.map((row) => `${"  ".repeat(row.depth)}${row.name}`), axisLabel: { ...category.axisLabel, width: 130, overflow: "truncate" } },
      series: [
        ...parts.map((part) => ({ ...bar, ...part })),
        {
          type: "scatter",
          name: t("sales.dashboard.target"),
          color: color.target,
          symbol: "rect",
          symbolSize: [3, 20],
          data: rows.map((row) => (Number(row.target_minor ?? 0) > 0 ? scale.of(row.target_minor) : "-")),
        },
      ],
    };
  }, [rows, base, value, category, color, scale, t]);
  const linkOf = (row: Row, series?: number) => {
    const filters = forecastFilters(row, data?.departments ?? [], months, closed, series);
    return filters && link(filters);
  };
  return (
    <ChartPanel<Row>
      wide
      title={t("sales.dashboard.forecast")}
      controls={
        <Segmented
          size="small"
          aria-label={t("sales.dashboard.by")}
          value={by}
          options={(["owners", "departments"] as const).map((one) => ({ value: one, label: t(`sales.dashboard.${one}`) }))}
          onChange={setBy}
        />
      }
      query={query}
      rows={rows}
      total={data?.total && { ...data.total, depth: 0 }}
      keyOf={(row) => row.owner_id || row.department_id || ""}
      option={option}
      height={Math.max(240, rows.length * 26 + 60)}
      linkOf={linkOf}
      columns={[
        { title: t("sales.dashboard.name"), cell: (row) => <span style={{ paddingInlineStart: 14 * row.depth }}>{row.name}</span> },
        { title: t("sales.dashboard.closed"), number: true, cell: (row) => scale.money(row.closed?.amount_minor) },
        { title: t("sales.dashboard.target"), number: true, cell: (row) => (Number(row.target_minor ?? 0) > 0 ? scale.money(row.target_minor) : "–") },
        { title: t("sales.dashboard.attainment"), number: true, cell: (row) => (row.attainment_percent === undefined ? "–" : formatPercent(row.attainment_percent, 0)) },
        { title: t("sales.values.FORECAST_CATEGORY_COMMIT"), number: true, cell: (row) => scale.money(row.commit?.amount_minor) },
        { title: t("sales.values.FORECAST_CATEGORY_BEST_CASE"), number: true, cell: (row) => scale.money(row.best_case?.amount_minor) },
        { title: t("sales.values.FORECAST_CATEGORY_PIPELINE"), number: true, cell: (row) => scale.money(row.pipeline?.amount_minor) },
      ]}
      note={<Unconverted totals={[data?.total?.closed, data?.total?.commit, data?.total?.best_case, data?.total?.pipeline]} />}
    />
  );
}
