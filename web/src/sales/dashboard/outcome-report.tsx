import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useMemo, useState } from "react";
import { answer, client, type Schemas } from "../../api/client";
import { useT } from "../../i18n";
import { ChartPanel } from "../../ui/chart/chart";
import { usePalette } from "../../ui/chart/palette";
import { valueLabel } from "../../ui/field";
import { formatNumber } from "../../ui/format";
import { formatPercent } from "../format";
import type { LinkTo, Subject } from "./choice";
import { Unconverted } from "./unconverted";
import type { Months } from "./period";
import { scaleOf } from "./scale";

type Row = Schemas["sales.OutcomeRow"];

/** By what outcomes are told apart: how the API calls it, and the field of a deal. */
const DIMENSIONS = {
  byReason: { dimension: "OUTCOME_DIMENSION_LOST_REASON", field: "lost_reason" },
  bySource: { dimension: "OUTCOME_DIMENSION_SOURCE", field: "source" },
  byOwner: { dimension: "OUTCOME_DIMENSION_OWNER", field: "owner_id" },
  byDepartment: { dimension: "OUTCOME_DIMENSION_DEPARTMENT", field: "department_id" },
} as const;
type Dimension = keyof typeof DIMENSIONS;

const MOST = 10;

/** What was won and what was lost in a period, and what they have in common. */
export function OutcomeReport({ subject, months, link, closed }: { subject: Subject; months: Months; link: LinkTo; closed: string[] }) {
  const t = useT();
  const { base, value, category, color } = usePalette();
  const [by, setBy] = useState<Dimension>("byReason");
  const { dimension, field } = DIMENSIONS[by];
  const parameters = { ...subject, start_month: months.start, end_month: months.end, dimension };
  const query = useQuery({
    queryKey: ["report", "outcomes", parameters],
    queryFn: ({ signal }) => answer(client.GET("/v1/reports/outcomes", { params: { query: parameters }, signal })),
    staleTime: 30_000,
  });
  const { data } = query;
  const scale = useMemo(() => scaleOf(data?.currency || "CNY"), [data?.currency]);
  // Won deals have no reason; they stand together in a row of their own.
  const rows = useMemo(() => data?.rows ?? [], [data]);
  const [won, lost] = [t("sales.dashboard.won"), t("sales.dashboard.lost")];
  const nameOf = useMemo(
    () => (row: Row) => {
      if (row.name) return row.name;
      if (by === "byReason" && !row.value) return Number(row.lost?.count ?? 0) > 0 ? t("sales.dashboard.unknown") : won;
      return valueLabel("sales.opportunity", row.value ?? "") || t("sales.dashboard.unknown");
    },
    [by, t, won],
  );
  const shown = useMemo(() => rows.slice(0, MOST), [rows]);
  const option = useMemo(() => {
    const bar = { type: "bar", stack: "all", barMaxWidth: 16, cursor: "pointer" };
    const count = (totals: Schemas["sales.Totals"] | undefined) => Number(totals?.count ?? 0);
    return {
      ...base,
      grid: { left: 4, right: 20, top: 8, bottom: 30, outerBoundsMode: "same" },
      tooltip: { ...base.tooltip, trigger: "axis", axisPointer: { type: "shadow" } },
      xAxis: { type: "value", minInterval: 1, ...value },
      yAxis: { type: "category", inverse: true, ...category, data: shown.map(nameOf) },
      series: [
        { ...bar, name: won, color: color.won, data: shown.map((row) => count(row.won)) },
        { ...bar, name: lost, color: color.lost, data: shown.map((row) => count(row.lost)) },
      ],
    };
  }, [shown, base, value, category, color, nameOf, won, lost]);
  const linkOf = (row: Row, series?: number) => {
    const state = by === "byReason" && !row.value ? "=OPPORTUNITY_STATUS_WON" : series === 0 ? "=OPPORTUNITY_STATUS_WON" : series === 1 ? "=OPPORTUNITY_STATUS_LOST" : "=OPPORTUNITY_STATUS_WON|OPPORTUNITY_STATUS_LOST";
    return link([`status${state}`, ...closed, ...(row.value ? [`${field}=${row.value}`] : [])]);
  };
  return (
    <ChartPanel<Row>
      title={t("sales.dashboard.outcomes")}
      controls={
        <Select
          size="small"
          aria-label={t("sales.dashboard.by")}
          prefix={t("sales.dashboard.by")}
          value={by}
          popupMatchSelectWidth={false}
          options={(Object.keys(DIMENSIONS) as Dimension[]).map((one) => ({ value: one, label: t(`sales.dashboard.${one}`) }))}
          onChange={setBy}
        />
      }
      query={query}
      rows={rows}
      rowAt={(index) => shown[index]}
      total={data?.total}
      keyOf={(row) => row.value ?? ""}
      option={option}
      height={Math.max(240, shown.length * 24 + 60)}
      linkOf={linkOf}
      columns={[
        { title: t("sales.dashboard.name"), cell: nameOf },
        { title: won, number: true, cell: (row) => `${formatNumber(Number(row.won?.count ?? 0))} · ${scale.money(row.won?.amount_minor)}` },
        { title: lost, number: true, cell: (row) => `${formatNumber(Number(row.lost?.count ?? 0))} · ${scale.money(row.lost?.amount_minor)}` },
        { title: t("sales.dashboard.rate"), number: true, cell: (row) => formatPercent(row.win_percent ?? 0) },
      ]}
      note={<Unconverted totals={[data?.total?.won, data?.total?.lost]} />}
    />
  );
}
