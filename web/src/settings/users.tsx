import { useQueryClient } from "@tanstack/react-query";
import { App, type MenuProps } from "antd";
import { answer, client } from "../api/client";
import { useRoles } from "../api/departments";
import { useCan } from "../api/me";
import { asProblem } from "../api/problem";
import type { Data } from "../api/records";
import { useT, type Key } from "../i18n";
import { recordChanged } from "../ui/cache";
import { RecordList } from "../ui/list/record-list";
import { problemText } from "../ui/problem-text";
import { user } from "./user";

/** The users: invited, given roles, moved, shut out. */
export function UsersPage() {
  const t = useT();
  const can = useCan();
  const queries = useQueryClient();
  const { message, modal } = App.useApp();
  useRoles(can.do("identity.role.read"));

  async function run(record: Data, done: Key, call: (id: string) => Promise<object>) {
    try {
      recordChanged(queries, user, { ...record, ...(await call(record.id)) });
      void message.success(t(done, { name: user.title(record) }));
    } catch (error) {
      void message.error(problemText(asProblem(error), t));
    }
  }

  function actions(record: Data): NonNullable<MenuProps["items"]> {
    if (!can.do("identity.user.update")) return [];
    const params = (id: string) => ({ params: { path: { id } }, body: {} });
    const { status } = record;
    const asked = (title: Key, action: () => void) =>
      modal.confirm({ title: t(title, { name: user.title(record) }), okText: t("ui.yes"), cancelText: t("ui.cancel"), onOk: action });
    return [
      { type: "divider" },
      status === "USER_STATUS_INVITED" && {
        key: "invite",
        label: t("identity.users.invite"),
        onClick: () => void run(record, "identity.users.invited", (id) => answer(client.POST("/v1/users/{id}/resend-invitation", params(id)))),
      },
      status !== "USER_STATUS_DISABLED" && {
        key: "disable",
        danger: true,
        label: t("identity.users.disable"),
        onClick: () =>
          asked("identity.users.askDisable", () => void run(record, "identity.users.disabled", (id) => answer(client.POST("/v1/users/{id}/disable", params(id))))),
      },
      status === "USER_STATUS_DISABLED" && {
        key: "enable",
        label: t("identity.users.enable"),
        onClick: () => void run(record, "identity.users.enabled", (id) => answer(client.POST("/v1/users/{id}/enable", params(id)))),
      },
      {
        key: "factor",
        label: t("identity.users.resetFactor"),
        onClick: () =>
          asked("identity.users.askResetFactor", () =>
            void run(record, "identity.users.factorReset", (id) => answer(client.POST("/v1/users/{id}/reset-second-factor", params(id)))),
          ),
      },
      record.email
        ? {
            key: "password",
            label: t("identity.users.resetPassword"),
            onClick: () =>
              void run(record, "identity.users.passwordReset", async () => {
                await answer(client.POST("/v1/passwords:requestReset", { body: { email: String(record.email) } }));
                return {};
              }),
          }
        : false,
    ].filter((item) => item !== false) as NonNullable<MenuProps["items"]>;
  }

  return <RecordList resource={user} actions={actions} />;
}
