import { BarChartOutlined, TableOutlined } from "../icons";
import { Button, Tooltip } from "antd";
import { lazy, Suspense, useState } from "react";
import { useT } from "../../i18n";
import { Panel } from "../record/page";
import "./chart.css";

const Plot = lazy(() => import("./plot"));

/** A row of values, one for each category. */
export interface Series {
  name: string;
  values: number[];
  /** How this row is drawn: as the chart unless given. */
  kind?: "bar" | "line";
}

export interface ChartProps {
  title: string;
  kind: "bar" | "line" | "funnel" | "pie";
  /** What each value is of, such as a stage or a month. */
  categories: string[];
  /** A funnel and a pie show the first only. */
  series: Series[];
  /** A value as people read it. */
  format: (value: number) => string;
  /** Whether bars of one category stand on one another. */
  stacked?: boolean;
  /** Opens the records behind one value. */
  onOpen?: (category: number, series: number) => void;
}

/** Values as a picture, and as a table for whoever would rather read; from both one gets to the records. */
export function Chart(props: ChartProps) {
  const t = useT();
  const [asTable, setAsTable] = useState(false);
  const label = t(asTable ? "ui.chart.picture" : "ui.chart.table");
  return (
    <Panel
      title={props.title}
      action={
        <Tooltip title={label}>
          <Button size="small" type="text" aria-label={label} icon={asTable ? <BarChartOutlined /> : <TableOutlined />} onClick={() => setAsTable(!asTable)} />
        </Tooltip>
      }
    >
      {asTable ? (
        <Figures {...props} />
      ) : (
        <div className="chart">
          <Suspense>
            <Plot {...props} />
          </Suspense>
        </div>
      )}
    </Panel>
  );
}

function Figures({ title, categories, series, format, onOpen }: ChartProps) {
  return (
    <table className="figures">
      <caption className="unseen">{title}</caption>
      <thead>
        <tr>
          <td />
          {series.map(({ name }) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {categories.map((category, at) => (
          <tr key={category}>
            <th scope="row">{category}</th>
            {series.map(({ name, values }, row) => (
              <td key={name} className="tabular">
                {onOpen ? (
                  <Button type="link" size="small" onClick={() => onOpen(at, row)}>
                    {format(values[at] ?? 0)}
                  </Button>
                ) : (
                  format(values[at] ?? 0)
                )}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
