import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { answer, client } from "../../api/client";
import { forgetEverything, ME } from "../../api/me";
import { useT } from "../../i18n";
import { Frame } from "./frame";
import { NewPasswordForm } from "./new-password";

/** The page of somebody who has to choose a password before anything else. */
export function ForcedChange() {
  const t = useT();
  const queries = useQueryClient();
  return (
    <Frame title={t("app.password.forced")} lead={t("app.password.forcedLead")}>
      <NewPasswordForm
        asksCurrent
        submit={t("app.password.submit")}
        onSubmit={async ({ current = "", password }) => {
          await answer(client.POST("/v1/me/password", { body: { current_password: current, new_password: password } }));
          await queries.invalidateQueries({ queryKey: ME });
        }}
      />
      <div className="front-links">
        <Button type="link" size="small" onClick={() => void answer(client.POST("/v1/sessions:signOut", { body: {} })).finally(() => forgetEverything(queries))}>
          {t("app.signOut")}
        </Button>
      </div>
    </Frame>
  );
}
