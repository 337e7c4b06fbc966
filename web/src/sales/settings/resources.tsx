import { collection } from "../../api/records";
import { SOURCES } from "../../customers/sources";
import { FormOutlined, IdcardOutlined, NodeIndexOutlined, SwapOutlined, TrophyOutlined } from "../../ui/icons";
import { workingHours } from "../../ui/kinds/hours";
import type { Resource } from "../../ui/resource";
import { decimal, month } from "../kinds/words";
import { users } from "../kinds/people";
import { everyRecord, lookedUp } from "../looked-up";
import { absences, skills } from "./availability";
import { conditions } from "./conditions";

const forms = collection("/v1/lead-forms", "lead_forms");

/** Forms on web sites that hand in leads. */
export const leadForm: Resource = {
  name: "sales.lead_form",
  path: "/sales/settings/forms",
  api: { ...lookedUp(forms, () => everyRecord(forms)), list: forms.list },
  icon: <FormOutlined />,
  title: (record) => String(record.name ?? ""),
  removed: true,
  paged: true,
  uncounted: true,
  fields: [
    { name: "name", kind: "text", required: true, quick: true, shown: true, sorted: true, most: 100, width: 260, operators: [] },
    { name: "disabled", kind: "boolean", shown: true, inline: true, width: 120 },
    { name: "source", kind: "choice", quick: true, shown: true, inline: true, values: SOURCES },
    { name: "channel", kind: "text", quick: true, shown: true, inline: true, most: 100 },
    { name: "campaign_id", kind: "text", most: 100 },
    { name: "leads_per_minute", kind: "integer", shown: true, width: 190 },
    { name: "captured_count", kind: "text", readOnly: true, shown: true, width: 110, operators: [] },
    { name: "create_time", kind: "time", readOnly: true, group: "system" },
    { name: "update_time", kind: "time", readOnly: true, group: "system" },
  ],
};

/** Who gets the leads that fit some conditions. */
export const assignmentRule: Resource = {
  name: "sales.assignment_rule",
  path: "/sales/settings/rules",
  api: collection("/v1/assignment-rules", "assignment_rules"),
  icon: <NodeIndexOutlined />,
  title: (record) => String(record.name ?? ""),
  removed: true,
  uncounted: true,
  fields: [
    { name: "name", kind: "text", required: true, quick: true, shown: true, most: 100 },
    { name: "disabled", kind: "boolean" },
    { name: "conditions", kind: conditions, quick: true },
    {
      name: "method",
      kind: "choice",
      required: true,
      quick: true,
      group: "who",
      values: ["ASSIGNMENT_METHOD_UNSPECIFIED", "ASSIGNMENT_METHOD_ROUND_ROBIN", "ASSIGNMENT_METHOD_LEAST_BUSY", "ASSIGNMENT_METHOD_TERRITORY", "ASSIGNMENT_METHOD_SKILL"],
    },
    { name: "skill", kind: "text", quick: true, most: 100, group: "who" },
    { name: "user_ids", kind: users, group: "who" },
    { name: "within_working_hours", kind: "boolean", group: "when" },
    { name: "queue_department_id", kind: "department", group: "when" },
  ],
};

const representatives = collection("/v1/representatives", "representatives");

/** Users who take leads. */
export const representative: Resource = {
  name: "sales.representative",
  path: "/sales/settings/representatives",
  api: representatives,
  icon: <IdcardOutlined />,
  title: (record) => String(record.user_name ?? ""),
  removed: true,
  uncounted: true,
  fields: [
    { name: "user_name", kind: "text", readOnly: true, shown: true, width: 180, operators: [] },
    { name: "user_id", kind: "user", required: true, quick: true, fixed: true },
    { name: "disabled", kind: "boolean", shown: true, inline: true, width: 120 },
    { name: "skills", kind: skills, quick: true, shown: true, group: "able" },
    { name: "territories", kind: "tags", quick: true, shown: true, group: "able", operators: [], width: 240 },
    { name: "weight", kind: "integer", shown: true, inline: true, width: 90, group: "able" },
    { name: "capacity", kind: "integer", shown: true, inline: true, width: 130, group: "able" },
    { name: "working_hours", kind: workingHours, shown: true, group: "when", width: 230 },
    { name: "time_zone", kind: "text", group: "when", operators: [] },
    { name: "absences", kind: absences, shown: true, group: "when" },
  ],
};

/** What other currencies are worth. */
export const exchangeRate: Resource = {
  name: "sales.exchange_rate",
  path: "/sales/settings/rates",
  api: collection("/v1/exchange-rates", "exchange_rates"),
  icon: <SwapOutlined />,
  title: (record) => `${String(record.currency ?? "")} ${String(record.date ?? "")}`,
  removed: true,
  uncounted: true,
  fields: [
    { name: "currency", kind: "currency", required: true, quick: true, shown: true, width: 180 },
    { name: "date", kind: "date", required: true, quick: true, shown: true, sorted: true },
    { name: "rate", kind: decimal, required: true, quick: true, shown: true, inline: true },
    { name: "base_currency", kind: "currency", readOnly: true, shown: true },
    { name: "update_time", kind: "time", readOnly: true, shown: true },
  ],
};

/** What is to be won. */
export const target: Resource = {
  name: "sales.target",
  path: "/sales/settings/targets",
  api: collection("/v1/targets", "targets"),
  icon: <TrophyOutlined />,
  title: (record) => String(record.start_month ?? ""),
  removed: true,
  uncounted: true,
  fields: [
    { name: "start_month", kind: month, required: true, quick: true, shown: true, sorted: true, width: 130 },
    { name: "period", kind: "choice", required: true, quick: true, shown: true, values: ["TARGET_PERIOD_UNSPECIFIED", "TARGET_PERIOD_MONTH", "TARGET_PERIOD_QUARTER", "TARGET_PERIOD_YEAR"], width: 110 },
    { name: "owner_id", kind: "user", quick: true, shown: true, fixed: true, width: 180 },
    { name: "department_id", kind: "department", quick: true, shown: true, fixed: true, width: 200, operators: ["="] },
    { name: "amount_minor", kind: "money", required: true, quick: true, shown: true, inline: true, currency: "currency", operators: [] },
    { name: "currency", kind: "currency", quick: true },
    { name: "update_time", kind: "time", readOnly: true, shown: true },
  ],
};
