import { Button, Result } from "antd";
import { useNavigate } from "react-router";
import { useT } from "../i18n";

/** Says that there is no such page. */
export function NotFound() {
  const t = useT();
  const navigate = useNavigate();
  return (
    <Result
      status="404"
      title={<h1>{t("app.noPage")}</h1>}
      extra={
        <Button type="primary" onClick={() => void navigate("/")}>
          {t("app.home")}
        </Button>
      }
    />
  );
}
