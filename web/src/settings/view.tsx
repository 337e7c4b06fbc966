import { collection } from "../api/records";
import { EyeOutlined } from "../ui/icons";
import type { Resource } from "../ui/resource";

/** What people keep of a list under a name. */
export const view: Resource = {
  name: "identity.view",
  path: "/settings/views",
  api: collection("/v1/views", "views"),
  icon: <EyeOutlined />,
  title: (record) => String(record.name ?? ""),
  removed: true,
  fields: [{ name: "name", kind: "text", required: true, quick: true, shown: true, most: 100 }],
};
