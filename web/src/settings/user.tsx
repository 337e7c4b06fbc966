import { UserOutlined } from "../ui/icons";
import { send } from "../api/client";
import { newId } from "../api/id";
import { collection, type Data } from "../api/records";
import type { Resource } from "../ui/resource";

const users = collection("/v1/users", "users");

/** The people and programs that work in the organization. */
export const user: Resource = {
  name: "identity.user",
  path: "/settings/users",
  api: {
    ...users,
    async update(id, etag, { department_id, ...values }) {
      const changed = Object.keys(values).length > 0 ? await users.update(id, etag, values) : undefined;
      if (department_id === undefined) return changed ?? users.get(id);
      const path = `/v1/users/${id}/move`;
      return send<Data>({ method: "POST", path, body: { department_id }, idempotencyKey: newId() });
    },
  },
  icon: <UserOutlined />,
  title: (record) => String(record.display_name ?? ""),
  subtitle: (record) => String(record.email ?? ""),
  searched: true,
  fields: [
    { name: "display_name", kind: "text", required: true, quick: true, shown: true, sorted: true, inline: true, most: 100, operators: ["~"] },
    { name: "email", kind: "email", quick: true, shown: true },
    { name: "role_ids", kind: "roles", quick: true, shown: true, bulk: true },
    { name: "department_id", kind: "department", quick: true, shown: true, bulk: true },
    {
      name: "status",
      kind: "choice",
      readOnly: true,
      shown: true,
      width: 110,
      values: ["USER_STATUS_INVITED", "USER_STATUS_ACTIVE", "USER_STATUS_DISABLED"],
      tones: { USER_STATUS_INVITED: "blue", USER_STATUS_ACTIVE: "green", USER_STATUS_DISABLED: "plain" },
    },
    { name: "kind", kind: "choice", values: ["USER_KIND_UNSPECIFIED", "USER_KIND_PERSON", "USER_KIND_SERVICE"] },
    { name: "language", kind: "text", most: 20, operators: [] },
    { name: "sign_in_time", kind: "time", readOnly: true, shown: true },
    { name: "create_time", kind: "time", readOnly: true, sorted: true },
    { name: "update_time", kind: "time", readOnly: true, sorted: true },
  ],
};
