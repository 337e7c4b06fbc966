import { BankOutlined } from "../ui/icons";
import { collection, type Data } from "../api/records";
import { formatPhone } from "../ui/format";
import type { Resource } from "../ui/resource";
import { SOURCES } from "./sources";

interface Points {
  phones?: { number: string; primary?: boolean }[];
  emails?: { address: string; primary?: boolean }[];
}

/** What tells a customer from namesakes. */
export function reachedBy(record: Data): string {
  const { phones = [], emails = [] } = record as Points;
  const phone = phones.find((one) => one.primary) ?? phones[0];
  const email = emails.find((one) => one.primary) ?? emails[0];
  return phone ? formatPhone(phone.number) : (email?.address ?? "");
}

/** Companies and persons one does business with. */
export const account: Resource = {
  name: "customers.account",
  path: "/customers/accounts",
  api: collection("/v1/accounts", "accounts"),
  icon: <BankOutlined />,
  title: (record) => String(record.name ?? ""),
  subtitle: reachedBy,
  searched: true,
  removed: true,
  restored: true,
  paged: true,
  fields: [
    { name: "name", kind: "text", required: true, quick: true, shown: true, sorted: true, inline: true, most: 200, width: 260, operators: ["~", "=", "!="] },
    {
      name: "type",
      kind: "choice",
      quick: true,
      shown: true,
      inline: true,
      bulk: true,
      values: [
        "ACCOUNT_TYPE_UNSPECIFIED",
        "ACCOUNT_TYPE_PROSPECT",
        "ACCOUNT_TYPE_CUSTOMER",
        "ACCOUNT_TYPE_PARTNER",
        "ACCOUNT_TYPE_RESELLER",
        "ACCOUNT_TYPE_SUPPLIER",
        "ACCOUNT_TYPE_INVESTOR",
        "ACCOUNT_TYPE_COMPETITOR",
        "ACCOUNT_TYPE_OTHER",
      ],
    },
    {
      name: "grade",
      kind: "choice",
      shown: true,
      sorted: true,
      inline: true,
      bulk: true,
      width: 90,
      values: ["ACCOUNT_GRADE_UNSPECIFIED", "ACCOUNT_GRADE_A", "ACCOUNT_GRADE_B", "ACCOUNT_GRADE_C", "ACCOUNT_GRADE_D"],
      tones: { ACCOUNT_GRADE_A: "gold", ACCOUNT_GRADE_B: "blue", ACCOUNT_GRADE_C: "plain", ACCOUNT_GRADE_D: "plain" },
    },
    { name: "owner_id", kind: "user", shown: true, inline: true },
    { name: "phones", kind: "phones", quick: true, shown: true, group: "reach" },
    { name: "emails", kind: "emails", group: "reach" },
    { name: "website", kind: "website", group: "reach" },
    { name: "industry", kind: "text", shown: true, inline: true, bulk: true, most: 100, group: "company", operators: ["~", "=", "!=", "empty", "filled"] },
    { name: "employees", kind: "integer", inline: true, group: "company" },
    { name: "annual_revenue", kind: "money", shown: true, sorted: true, group: "company", currency: "currency" },
    { name: "currency", kind: "currency", group: "company" },
    { name: "parent_account_id", kind: "reference", resource: "customers.account", group: "company" },
    { name: "source", kind: "choice", bulk: true, inline: true, group: "company", values: SOURCES },
    {
      name: "credit_status",
      kind: "choice",
      shown: true,
      inline: true,
      bulk: true,
      group: "payment",
      values: ["CREDIT_STATUS_UNSPECIFIED", "CREDIT_STATUS_GOOD", "CREDIT_STATUS_WATCH", "CREDIT_STATUS_HOLD", "CREDIT_STATUS_BLOCKED"],
      tones: { CREDIT_STATUS_WATCH: "orange", CREDIT_STATUS_HOLD: "orange", CREDIT_STATUS_BLOCKED: "red" },
    },
    { name: "id_card_number", kind: "sensitive", group: "payment", operators: [] },
    { name: "bank_card_number", kind: "sensitive", group: "payment", operators: [] },
    { name: "billing_address", kind: "address", group: "addresses" },
    { name: "shipping_address", kind: "address", group: "addresses" },
    { name: "tags", kind: "tags", shown: true, inline: true, bulk: true, group: "notes" },
    { name: "description", kind: "longText", group: "notes" },
    { name: "department_id", kind: "department", readOnly: true, group: "system" },
    { name: "create_time", kind: "time", readOnly: true, sorted: true, group: "system" },
    { name: "update_time", kind: "time", readOnly: true, sorted: true, shown: true, group: "system" },
  ],
};
