import { collection, type Data } from "../api/records";
import { SOURCES } from "../customers/sources";
import { UserAddOutlined } from "../ui/icons";
import type { Resource } from "../ui/resource";
import { followUp } from "./kinds/follow-up";
import { origin, phone } from "./kinds/words";
import { LeadAdvice } from "./leads/duplicates";

/** The states of a lead that somebody still has to do something about. */
export const OPEN_LEADS = ["LEAD_STATUS_NEW", "LEAD_STATUS_WORKING", "LEAD_STATUS_QUALIFIED"];

/** People and companies that may become customers. */
export const lead: Resource = {
  name: "sales.lead",
  path: "/sales/leads",
  api: collection("/v1/leads", "leads"),
  icon: <UserAddOutlined />,
  title: (record: Data) => String(record.display_name || record.name || record.company || ""),
  subtitle: (record) => String(record.company || record.phone || record.email || ""),
  searched: true,
  removed: true,
  restored: true,
  paged: true,
  Advice: LeadAdvice,
  fields: [
    { name: "display_name", kind: "text", readOnly: true, shown: true, sorted: true, width: 180, operators: ["~", "=", "!="] },
    {
      name: "status",
      kind: "choice",
      readOnly: true,
      shown: true,
      width: 110,
      values: ["LEAD_STATUS_UNSPECIFIED", "LEAD_STATUS_NEW", "LEAD_STATUS_WORKING", "LEAD_STATUS_QUALIFIED", "LEAD_STATUS_UNQUALIFIED", "LEAD_STATUS_CONVERTED"],
      tones: { LEAD_STATUS_NEW: "blue", LEAD_STATUS_WORKING: "gold", LEAD_STATUS_QUALIFIED: "green", LEAD_STATUS_UNQUALIFIED: "plain", LEAD_STATUS_CONVERTED: "plain" },
    },
    { name: "name", kind: "text", quick: true, most: 200 },
    { name: "company", kind: "text", quick: true, shown: true, sorted: true, inline: true, most: 200, width: 220, operators: ["~", "=", "!="] },
    { name: "title", kind: "text", quick: true, inline: true, most: 100, operators: ["~", "=", "!="] },
    {
      name: "rating",
      kind: "choice",
      shown: true,
      inline: true,
      bulk: true,
      width: 90,
      values: ["LEAD_RATING_UNSPECIFIED", "LEAD_RATING_HOT", "LEAD_RATING_WARM", "LEAD_RATING_COLD"],
      tones: { LEAD_RATING_HOT: "red", LEAD_RATING_WARM: "orange", LEAD_RATING_COLD: "blue" },
    },
    { name: "score", kind: "integer", shown: true, sorted: true, inline: true, width: 80 },
    { name: "next_follow_up_time", kind: followUp, quick: true, shown: true, sorted: true, inline: true, bulk: true, width: 150 },
    { name: "owner_id", kind: "user", shown: true, inline: true },
    { name: "phone", kind: phone, quick: true, shown: true, group: "reach" },
    { name: "email", kind: "email", quick: true, group: "reach" },
    { name: "website", kind: "website", group: "reach" },
    { name: "address", kind: "address", group: "reach" },
    { name: "industry", kind: "text", inline: true, bulk: true, most: 100, group: "company" },
    { name: "amount_minor", kind: "money", group: "interest", currency: "currency" },
    { name: "currency", kind: "currency", group: "interest" },
    { name: "needs", kind: "longText", group: "interest" },
    { name: "purchase_intention", kind: "longText", group: "interest" },
    { name: "source", kind: "choice", shown: true, inline: true, bulk: true, group: "origin", values: SOURCES },
    { name: "channel", kind: "text", bulk: true, most: 100, group: "origin" },
    { name: "campaign_id", kind: "text", most: 100, group: "origin" },
    { name: "lead_form_id", kind: "reference", resource: "sales.lead_form", readOnly: true, group: "origin" },
    { name: "utm", kind: origin, readOnly: true, group: "origin" },
    { name: "tags", kind: "tags", inline: true, bulk: true, group: "notes" },
    { name: "description", kind: "longText", group: "notes" },
    { name: "unqualified_reason", kind: "text", readOnly: true, group: "end" },
    { name: "convert_time", kind: "time", readOnly: true, group: "end" },
    { name: "account_id", kind: "reference", resource: "customers.account", readOnly: true, group: "end" },
    { name: "contact_id", kind: "reference", resource: "customers.contact", readOnly: true, group: "end" },
    { name: "opportunity_id", kind: "reference", resource: "sales.opportunity", readOnly: true, group: "end" },
    { name: "department_id", kind: "department", readOnly: true, group: "system" },
    { name: "create_time", kind: "time", readOnly: true, shown: true, sorted: true, group: "system" },
    { name: "update_time", kind: "time", readOnly: true, sorted: true, group: "system" },
  ],
};
