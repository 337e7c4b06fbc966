import { Result } from "antd";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { answer, client } from "../../api/client";
import { useT } from "../../i18n";
import { Frame } from "./frame";
import { NewPasswordForm } from "./new-password";

/** The page behind the link of an invitation, or of a mail for a new password. */
export default function TokenPage({ purpose }: { purpose: "reset" | "activate" }) {
  const t = useT();
  const [parameters] = useSearchParams();
  const [done, setDone] = useState(false);
  const token = parameters.get("token") ?? "";
  const activates = purpose === "activate";
  if (done) {
    return (
      <Frame title={t(activates ? "app.activate.title" : "app.reset.title")}>
        <Result status="success" title={t("app.reset.done")} extra={<Link to="/sign-in">{t("app.forgot.back")}</Link>} />
      </Frame>
    );
  }
  return (
    <Frame title={t(activates ? "app.activate.title" : "app.reset.title")} lead={t(activates ? "app.activate.lead" : "app.reset.lead")}>
      <NewPasswordForm
        submit={t(activates ? "app.activate.submit" : "app.password.submit")}
        onSubmit={async ({ password }) => {
          if (activates) await answer(client.POST("/v1/users:activate", { body: { token, password } }));
          else await answer(client.POST("/v1/passwords:reset", { body: { token, new_password: password } }));
          setDone(true);
        }}
      />
      <div className="front-links">
        <Link to="/sign-in">{t("app.forgot.back")}</Link>
      </div>
    </Frame>
  );
}
