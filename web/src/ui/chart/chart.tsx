import { Segmented, Skeleton } from "antd";
import type { EChartsCoreOption } from "echarts/core";
import { Suspense, useState, type ReactNode } from "react";
import { Link, useNavigate } from "react-router";
import { asProblem } from "../../api/problem";
import { useT } from "../../i18n";
import { problemText } from "../problem-text";
import "./chart.css";
import { lazily } from "../lazily";

const Plot = lazily(() => import("./plot"));

export interface TableColumn<R> {
  title: string;
  cell: (row: R) => ReactNode;
  number?: boolean;
}

interface Props<R> {
  title: string;
  /** Further choices that belong to this chart. */
  controls?: ReactNode;
  query: { isPending: boolean; error: unknown };
  rows: R[];
  columns: TableColumn<R>[];
  total?: R;
  keyOf: (row: R) => string;
  option: EChartsCoreOption;
  height?: number;
  /** Where the records behind a row are; of one series of the chart if it matters. */
  linkOf?: (row: R, series?: number) => string | undefined;
  /** Which row a place of the chart stands for, if they are not in the same order. */
  rowAt?: (index: number) => R | undefined;
  note?: ReactNode;
  wide?: boolean;
}

/** A report as a chart and, for whoever prefers or needs it, as a table; each part leads to its records. */
export function ChartPanel<R>({ title, controls, query, rows, columns, total, keyOf, option, height = 240, linkOf, rowAt, note, wide }: Props<R>) {
  const t = useT();
  const navigate = useNavigate();
  const [shown, setShown] = useState<"chart" | "table">("chart");
  const select = (index: number, series: number) => {
    const row = rowAt ? rowAt(index) : rows[index];
    const link = row && linkOf?.(row, series);
    if (link) void navigate(link);
  };
  return (
    <section className={`panel report ${wide ? "wide" : ""}`} aria-label={title}>
      <div className="panel-head">
        <h2>{title}</h2>
        <span className="report-controls">
          {controls}
          <Segmented
            size="small"
            aria-label={t("ui.chart.showAs", { title })}
            value={shown}
            options={(["chart", "table"] as const).map((value) => ({ value, label: t(`ui.chart.${value}`) }))}
            onChange={setShown}
          />
        </span>
      </div>
      {query.error ? (
        <p role="alert">{problemText(asProblem(query.error), t)}</p>
      ) : query.isPending ? (
        <Skeleton active paragraph={{ rows: 5 }} />
      ) : rows.length === 0 ? (
        <p className="muted report-none" style={{ minHeight: height }}>
          {t("ui.chart.nothing")}
        </p>
      ) : shown === "chart" ? (
        <Suspense fallback={<div style={{ height }} />}>
          <Plot option={option} height={height} label={title} onSelect={linkOf && select} />
        </Suspense>
      ) : (
        <ReportTable rows={rows} columns={columns} total={total} keyOf={keyOf} linkOf={linkOf} />
      )}
      {note}
    </section>
  );
}

type TableProps<R> = Pick<Props<R>, "rows" | "columns" | "total" | "keyOf" | "linkOf">;

function ReportTable<R>({ rows, columns, total, keyOf, linkOf }: TableProps<R>) {
  const t = useT();
  const cells = (row: R, link: string | undefined) =>
    columns.map((column, index) =>
      index === 0 ? (
        <th key={column.title} scope="row">
          {link ? <Link to={link}>{column.cell(row)}</Link> : column.cell(row)}
        </th>
      ) : (
        <td key={column.title} className={column.number ? "end tabular" : undefined}>
          {column.cell(row)}
        </td>
      ),
    );
  return (
    // Whoever uses the keyboard scrolls it too.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="scrolling" tabIndex={0} role="group">
      <table className="plain-table report-table">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" className={column.number ? "end" : undefined}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>{cells(row, linkOf?.(row))}</tr>
          ))}
        </tbody>
        {total && (
          <tfoot>
            <tr>
              {columns.map((column, index) =>
                index === 0 ? (
                  <th key={column.title} scope="row">
                    {t("ui.chart.total")}
                  </th>
                ) : (
                  <td key={column.title} className={column.number ? "end tabular" : undefined}>
                    {column.cell(total)}
                  </td>
                ),
              )}
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  );
}
