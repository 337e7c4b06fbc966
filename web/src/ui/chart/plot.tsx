import { BarChart, FunnelChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use as register, type ECharts, type EChartsCoreOption } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";

register([BarChart, LineChart, FunnelChart, ScatterChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

interface Props {
  option: EChartsCoreOption;
  height: number;
  label: string;
  /** Called with the place of what was clicked and the series that it is of. */
  onSelect?: (index: number, series: number) => void;
}

/** Draws a chart. What it shows has to stand in a table too, because not everybody can see it. */
export default function Chart({ option, height, label, onSelect }: Props) {
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);
  useEffect(() => {
    if (!holder.current) return;
    const made = init(holder.current);
    chart.current = made;
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(holder.current);
    return () => {
      observer.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);
  useEffect(() => {
    chart.current?.setOption({ animation: false, ...option }, { notMerge: true });
  }, [option]);
  useEffect(() => {
    const made = chart.current;
    if (!made || !onSelect) return;
    const select = ({ dataIndex = 0, seriesIndex = 0 }: { dataIndex?: number; seriesIndex?: number }) => onSelect(dataIndex, seriesIndex);
    made.on("click", select);
    return () => void made.off("click", select);
  }, [onSelect]);
  return <div ref={holder} role="img" aria-label={label} style={{ height }} />;
}
