import { collection } from "../api/records";
import { SOURCES } from "../customers/sources";
import { formatMoney } from "../ui/format";
import { FundOutlined } from "../ui/icons";
import type { Resource } from "../ui/resource";
import { followUp } from "./kinds/follow-up";
import { lineItems } from "./kinds/line-items";
import { dealAmount, percent } from "./kinds/numbers";
import { people } from "./kinds/people";

/** Why deals are lost. */
export const LOST_REASONS = [
  "LOST_REASON_UNSPECIFIED",
  "LOST_REASON_PRICE",
  "LOST_REASON_COMPETITOR",
  "LOST_REASON_NO_BUDGET",
  "LOST_REASON_NO_DECISION",
  "LOST_REASON_TIMING",
  "LOST_REASON_FEATURES",
  "LOST_REASON_NO_CONTACT",
  "LOST_REASON_OTHER",
] as const;

/** Deals that may come about. */
export const opportunity: Resource = {
  name: "sales.opportunity",
  path: "/sales/opportunities",
  api: collection("/v1/opportunities", "opportunities"),
  icon: <FundOutlined />,
  title: (record) => String(record.name ?? ""),
  subtitle: (record) => [String(record.account_name ?? ""), formatMoney(String(record.amount_minor ?? "0"), String(record.currency ?? ""))].filter(Boolean).join(" · "),
  searched: true,
  removed: true,
  restored: true,
  paged: true,
  fields: [
    { name: "name", kind: "text", required: true, quick: true, shown: true, sorted: true, inline: true, most: 200, width: 240, operators: ["~", "=", "!="] },
    { name: "account_id", kind: "reference", resource: "customers.account", quick: true, shown: true, width: 200 },
    { name: "stage_id", kind: "reference", resource: "sales.stage", readOnly: true, shown: true, width: 130, operators: ["=", "!="] },
    { name: "amount_minor", kind: dealAmount, quick: true, shown: true, sorted: true, currency: "currency", width: 130 },
    { name: "currency", kind: "currency", quick: true },
    { name: "probability", kind: percent, shown: true, width: 90 },
    { name: "weighted_amount_minor", kind: "money", readOnly: true, currency: "currency" },
    { name: "expected_close_date", kind: "date", quick: true, shown: true, sorted: true, inline: true, width: 120 },
    { name: "next_follow_up_time", kind: followUp, shown: true, sorted: true, inline: true, bulk: true, width: 150 },
    { name: "next_step", kind: "text", quick: true, shown: true, inline: true, most: 200, operators: [] },
    { name: "owner_id", kind: "user", shown: true, inline: true },
    {
      name: "status",
      kind: "choice",
      readOnly: true,
      shown: true,
      width: 90,
      values: ["OPPORTUNITY_STATUS_UNSPECIFIED", "OPPORTUNITY_STATUS_OPEN", "OPPORTUNITY_STATUS_WON", "OPPORTUNITY_STATUS_LOST"],
      tones: { OPPORTUNITY_STATUS_OPEN: "blue", OPPORTUNITY_STATUS_WON: "green", OPPORTUNITY_STATUS_LOST: "plain" },
    },
    {
      name: "forecast_category",
      kind: "choice",
      inline: true,
      bulk: true,
      values: ["FORECAST_CATEGORY_UNSPECIFIED", "FORECAST_CATEGORY_PIPELINE", "FORECAST_CATEGORY_BEST_CASE", "FORECAST_CATEGORY_COMMIT"],
    },
    { name: "contacts", kind: people },
    { name: "line_items", kind: lineItems, group: "items" },
    { name: "recurring_amount_minor", kind: "money", group: "items", currency: "currency" },
    { name: "recurring_period", kind: "choice", group: "items", values: ["RECURRING_PERIOD_UNSPECIFIED", "RECURRING_PERIOD_MONTH", "RECURRING_PERIOD_QUARTER", "RECURRING_PERIOD_YEAR"] },
    { name: "needs", kind: "longText", group: "interest" },
    { name: "purchase_intention", kind: "longText", group: "interest" },
    { name: "competitor", kind: "text", inline: true, most: 200, group: "interest", operators: ["~", "=", "!="] },
    { name: "source", kind: "choice", inline: true, bulk: true, group: "origin", values: SOURCES },
    { name: "campaign_id", kind: "text", most: 100, group: "origin" },
    { name: "lead_id", kind: "reference", resource: "sales.lead", readOnly: true, group: "origin" },
    { name: "close_date", kind: "date", readOnly: true, group: "end" },
    { name: "lost_reason", kind: "choice", readOnly: true, group: "end", values: LOST_REASONS },
    { name: "lost_note", kind: "longText", readOnly: true, group: "end" },
    { name: "tags", kind: "tags", inline: true, bulk: true, group: "notes" },
    { name: "description", kind: "longText", group: "notes" },
    { name: "pipeline_id", kind: "reference", resource: "sales.pipeline", readOnly: true, group: "system", operators: ["=", "!="] },
    { name: "stage_enter_time", kind: "time", readOnly: true, group: "system" },
    { name: "department_id", kind: "department", readOnly: true, group: "system" },
    { name: "create_time", kind: "time", readOnly: true, sorted: true, group: "system" },
    { name: "update_time", kind: "time", readOnly: true, sorted: true, group: "system" },
  ],
};
