import { TeamOutlined } from "../ui/icons";
import { collection } from "../api/records";
import type { Resource } from "../ui/resource";
import { reachedBy } from "./account";
import { SOURCES } from "./sources";

/** People one talks to. */
export const contact: Resource = {
  name: "customers.contact",
  path: "/customers/contacts",
  api: collection("/v1/contacts", "contacts"),
  icon: <TeamOutlined />,
  title: (record) => String(record.full_name || [record.given_name, record.family_name].filter(Boolean).join(" ")),
  subtitle: reachedBy,
  searched: true,
  removed: true,
  restored: true,
  paged: true,
  fields: [
    { name: "full_name", kind: "text", required: true, quick: true, shown: true, sorted: true, inline: true, most: 200, width: 180, operators: ["~", "=", "!="] },
    { name: "accounts", kind: "memberships", quick: true, shown: true, operators: [] },
    { name: "title", kind: "text", quick: true, shown: true, inline: true, bulk: true, most: 100, operators: ["~", "=", "!=", "empty", "filled"] },
    { name: "owner_id", kind: "user", shown: true, inline: true },
    { name: "phones", kind: "phones", quick: true, shown: true, group: "reach" },
    { name: "emails", kind: "emails", quick: true, shown: true, group: "reach" },
    { name: "address", kind: "address", group: "reach" },
    { name: "salutation", kind: "text", most: 50, group: "person" },
    { name: "family_name", kind: "text", most: 100, group: "person" },
    { name: "given_name", kind: "text", most: 100, group: "person" },
    { name: "birthday", kind: "date", group: "person" },
    { name: "source", kind: "choice", bulk: true, inline: true, group: "person", values: SOURCES },
    { name: "preferences", kind: "longText", group: "notes" },
    { name: "tags", kind: "tags", shown: true, inline: true, bulk: true, group: "notes" },
    { name: "description", kind: "longText", group: "notes" },
    { name: "department_id", kind: "department", readOnly: true, group: "system" },
    { name: "create_time", kind: "time", readOnly: true, sorted: true, group: "system" },
    { name: "update_time", kind: "time", readOnly: true, sorted: true, shown: true, group: "system" },
  ],
};
