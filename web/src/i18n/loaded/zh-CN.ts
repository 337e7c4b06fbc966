import "dayjs/locale/zh-cn";

export { default as components } from "antd/es/locale/zh_CN";
export { default as texts } from "../zh-CN";
export const dates = "zh-cn";
