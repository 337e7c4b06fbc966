import { BarChart, FunnelChart, LineChart, PieChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use as equip, type ECharts } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { theme } from "antd";
import { useEffect, useRef } from "react";
import type { ChartProps } from "./chart";

equip([BarChart, LineChart, FunnelChart, PieChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

/** Told apart by those who see colours differently, too, and against both backgrounds. */
const COLOURS = ["#3b7dd8", "#e08a2b", "#2a9d8f", "#b0569b", "#8a8f3c", "#7a6bd1"];

interface Clicked {
  dataIndex: number;
  seriesIndex?: number;
}

/** Draws a chart; loaded when the first one is shown. */
export default function Plot(props: ChartProps) {
  const { onOpen, title, categories, series, format } = props;
  const { token } = theme.useToken();
  const box = useRef<HTMLDivElement>(null);
  const drawn = useRef<ECharts | null>(null);
  useEffect(() => {
    if (!box.current) return;
    const chart = init(box.current, undefined, { renderer: "svg" });
    drawn.current = chart;
    const observer = new ResizeObserver(() => chart.resize());
    observer.observe(box.current);
    return () => {
      observer.disconnect();
      chart.dispose();
    };
  }, []);
  useEffect(() => {
    drawn.current?.setOption(optionOf(props, { text: token.colorText, line: token.colorBorderSecondary, back: token.colorBgElevated }), true);
  }, [props, token]);
  useEffect(() => {
    const chart = drawn.current;
    const open = ({ dataIndex, seriesIndex }: Clicked) => onOpen?.(dataIndex, seriesIndex ?? 0);
    chart?.on("click", open as (event: unknown) => void);
    return () => void chart?.off("click", open);
  }, [onOpen]);
  const spoken = categories.map((category, at) => `${category}: ${series.map(({ values }) => format(values[at] ?? 0)).join(", ")}`);
  return <div ref={box} className="chart" role="img" aria-label={`${title}. ${spoken.join("; ")}`} />;
}

interface Colours {
  text: string;
  line: string;
  back: string;
}

function optionOf({ kind, categories, series, format, stacked, onOpen }: ChartProps, { text, line, back }: Colours) {
  const cursor = onOpen ? "pointer" : "default";
  const common = {
    color: COLOURS,
    textStyle: { color: text, fontFamily: "inherit" },
    // Drawn rather than written as HTML, whose styles the page's policy would refuse.
    tooltip: {
      renderMode: "richText",
      trigger: kind === "bar" || kind === "line" ? "axis" : "item",
      backgroundColor: back,
      borderColor: line,
      textStyle: { color: text },
      valueFormatter: (value: unknown) => format(Number(value)),
    },
    aria: { enabled: false },
    animationDuration: 200,
  };
  if (kind === "pie" || kind === "funnel") {
    const data = categories.map((name, at) => ({ name, value: series[0]?.values[at] ?? 0 }));
    const label = { color: text, formatter: ({ name, value }: { name: string; value: number }) => `${name}  ${format(value)}` };
    const shape = kind === "pie" ? { radius: ["45%", "75%"] } : { sort: "none", gap: 3, top: 8, bottom: 8, left: "10%", width: "60%", minSize: "12%", label: { ...label, position: "right" } };
    return { ...common, series: [{ type: kind, name: series[0]?.name, data, cursor, label, ...shape }] };
  }
  return {
    ...common,
    grid: { left: 8, right: 8, top: series.length > 1 ? 36 : 12, bottom: 4, containLabel: true },
    legend: { show: series.length > 1, top: 0, textStyle: { color: text } },
    xAxis: { type: "category", data: categories, axisLabel: { color: text, hideOverlap: true }, axisLine: { lineStyle: { color: line } }, axisTick: { show: false } },
    yAxis: { type: "value", axisLabel: { color: text, formatter: (value: number) => format(value) }, splitLine: { lineStyle: { color: line } } },
    series: series.map((row) => ({
      type: row.kind ?? kind,
      name: row.name,
      data: row.values,
      stack: stacked ? "all" : undefined,
      cursor,
      barMaxWidth: 44,
      smooth: false,
      symbolSize: 6,
    })),
  };
}
