export { default as components } from "antd/es/locale/en_US";
export { default as texts } from "../en";
export const dates = "en";
