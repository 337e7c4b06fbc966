import { collection } from "../api/records";
import { TagOutlined } from "../ui/icons";
import type { Resource } from "../ui/resource";
import { basisPoints } from "./kinds/numbers";
import { prices } from "./kinds/prices";

/** What is sold. */
export const product: Resource = {
  name: "sales.product",
  path: "/sales/products",
  api: collection("/v1/products", "products"),
  icon: <TagOutlined />,
  title: (record) => String(record.name ?? ""),
  subtitle: (record) => String(record.code ?? ""),
  searched: true,
  removed: true,
  restored: true,
  paged: true,
  fields: [
    { name: "name", kind: "text", required: true, quick: true, shown: true, sorted: true, inline: true, most: 200, width: 240, operators: ["~", "=", "!="] },
    { name: "code", kind: "text", required: true, quick: true, shown: true, sorted: true, most: 100, width: 120, operators: ["~", "=", "!="] },
    { name: "category", kind: "text", quick: true, shown: true, sorted: true, inline: true, bulk: true, most: 100, width: 160, operators: ["~", "=", "!="] },
    { name: "unit", kind: "text", quick: true, shown: true, inline: true, bulk: true, most: 50, width: 110 },
    { name: "prices", kind: prices, quick: true, shown: true },
    { name: "tax_basis_points", kind: basisPoints, quick: true, shown: true },
    { name: "disabled", kind: "boolean", shown: true, inline: true, bulk: true, width: 110 },
    { name: "description", kind: "longText", group: "notes" },
    { name: "create_time", kind: "time", readOnly: true, sorted: true, group: "system" },
    { name: "update_time", kind: "time", readOnly: true, sorted: true, shown: true, group: "system" },
  ],
};
