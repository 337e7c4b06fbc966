import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { answer, client, type Schemas } from "../../api/client";
import { useT } from "../../i18n";
import { ChartPanel } from "../../ui/chart/chart";
import { usePalette } from "../../ui/chart/palette";
import { formatNumber } from "../../ui/format";
import { formatPercent, formatSeconds } from "../format";
import type { LinkTo, Subject } from "./choice";
import type { Months } from "./period";

type Row = Schemas["sales.FunnelStage"];

/** How many of the deals that came in a period came how far, and how long stages take. */
export function FunnelReport({ subject, months, link, created }: { subject: Subject; months: Months; link: LinkTo; created: string[] }) {
  const t = useT();
  const { base, color } = usePalette();
  const parameters = { ...subject, start_month: months.start, end_month: months.end };
  const query = useQuery({
    queryKey: ["report", "funnel", parameters],
    queryFn: ({ signal }) => answer(client.GET("/v1/reports/funnel", { params: { query: parameters }, signal })),
    staleTime: 30_000,
  });
  const rows = useMemo(() => (Number(query.data?.stages?.[0]?.reached ?? 0) > 0 ? (query.data?.stages ?? []) : []), [query.data]);
  const time = (row: Row) => (Number(row.visits ?? 0) > 0 ? formatSeconds(Number(row.average_seconds ?? 0)) : "");
  const option = useMemo(() => {
    const shades = [color.pipeline, color.pale, color.best, color.open, color.commit, color.won];
    return {
      ...base,
      tooltip: { ...base.tooltip, trigger: "item", formatter: ({ dataIndex }: { dataIndex: number }) => {
        const row = rows[dataIndex];
        return row ? `${row.name}: ${formatNumber(Number(row.reached ?? 0))} · ${formatPercent(row.overall_percent ?? 0, 0)}` : "";
      } },
      legend: { show: false },
      series: [
        {
          type: "funnel",
          sort: "none",
          left: 0,
          right: "42%",
          top: 4,
          bottom: 4,
          gap: 2,
          minSize: "3%",
          cursor: "pointer",
          label: {
            position: "right",
            color: color.text,
            lineHeight: 16,
            padding: [0, 0, 0, 6],
            formatter: ({ dataIndex }: { dataIndex: number }) => {
              const row = rows[dataIndex];
              if (!row) return "";
              const facts = [dataIndex > 0 ? formatPercent(row.conversion_percent ?? 0, 0) : "", Number(row.visits ?? 0) > 0 ? formatSeconds(Number(row.average_seconds ?? 0)) : ""].filter(Boolean).join(" · ");
              return `${row.name}  ${formatNumber(Number(row.reached ?? 0))}${facts ? `\n{small|${facts}}` : ""}`;
            },
            rich: { small: { color: color.muted, fontSize: 11 } },
          },
          labelLine: { length: 8, lineStyle: { color: color.line } },
          data: rows.map((row, index) => ({
            name: row.name,
            value: Number(row.reached ?? 0),
            itemStyle: { color: index === rows.length - 1 ? color.won : shades[Math.min(index + 1, 4)], borderWidth: 0 },
          })),
        },
      ],
    };
  }, [rows, base, color]);
  return (
    <ChartPanel<Row>
      title={t("sales.dashboard.funnel")}
      query={query}
      rows={rows}
      keyOf={(row) => row.stage_id ?? ""}
      option={option}
      linkOf={(row) => link([`stage_id=${row.stage_id}`, ...created])}
      columns={[
        { title: t("sales.dashboard.stage"), cell: (row) => row.name },
        { title: t("sales.dashboard.reached"), number: true, cell: (row) => formatNumber(Number(row.reached ?? 0)) },
        { title: t("sales.dashboard.conversion"), number: true, cell: (row) => formatPercent(row.conversion_percent ?? 0) },
        { title: t("sales.dashboard.overall"), number: true, cell: (row) => formatPercent(row.overall_percent ?? 0) },
        { title: t("sales.dashboard.duration"), number: true, cell: time },
      ]}
    />
  );
}
