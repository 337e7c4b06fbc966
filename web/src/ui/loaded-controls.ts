/** What most pages show only when something opens. */
export { Checkbox, DatePicker, Drawer, InputNumber, Mentions, Progress, Select, Switch, TreeSelect } from "antd";
