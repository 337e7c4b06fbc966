import "dayjs/locale/zh-tw";

export { default as components } from "antd/es/locale/zh_TW";
export { default as texts } from "../zh-TW";
export const dates = "zh-tw";
