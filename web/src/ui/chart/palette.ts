import { theme } from "antd";
import { useMemo } from "react";

/** Colours that can be told apart in both themes, also by those who do not see all of them. */
export function usePalette() {
  const { token } = theme.useToken();
  return useMemo(() => {
    const dark = token.colorBgContainer !== "#ffffff";
    const color = {
      won: dark ? "#5fb98a" : "#2e8b62",
      lost: dark ? "#e08a6d" : "#c75c3a",
      open: dark ? "#5b95e3" : "#3c78c3",
      pale: dark ? "#34527a" : "#b9d2f0",
      commit: dark ? "#4f86d1" : "#2f66ad",
      best: dark ? "#7facea" : "#79a8e0",
      pipeline: dark ? "#3f5675" : "#c9dcf3",
      target: dark ? "#f2c14e" : "#8a5a00",
      text: token.colorText,
      muted: token.colorTextSecondary,
      line: token.colorBorderSecondary,
    };
    const text = { color: color.text, fontFamily: token.fontFamily, fontSize: 12 };
    return {
      color,
      /** What every chart has in common. */
      base: {
        textStyle: text,
        legend: { bottom: 0, itemWidth: 12, itemHeight: 8, icon: "roundRect", textStyle: { ...text, color: color.muted } },
        // A tooltip made of elements would need inline styles, which the page's policy refuses.
        tooltip: { renderMode: "richText", backgroundColor: token.colorBgElevated, borderColor: color.line, textStyle: text },
      },
      value: { splitLine: { lineStyle: { color: color.line } }, axisLabel: { color: color.muted, hideOverlap: true }, splitNumber: 3 },
      category: { axisLine: { lineStyle: { color: color.line } }, axisTick: { show: false }, axisLabel: { color: color.muted } },
    };
  }, [token]);
}
