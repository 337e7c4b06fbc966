import { PlusOutlined } from "../../ui/icons";
import { Button, Skeleton } from "antd";
import { Mark } from "../../ui/mark";
import { Link, useNavigate } from "react-router";
import { useRoles } from "../../api/departments";
import { useCan } from "../../api/me";
import { textOf, useT } from "../../i18n";
import { kindLabel } from "../../ui/field";
import { roleLabel } from "../../ui/kinds/references";
import "../settings.css";

/** The roles. */
export function RolesPage() {
  const t = useT();
  const can = useCan();
  const navigate = useNavigate();
  const { data } = useRoles();
  return (
    <div className="settings-page">
      <div className="settings-head">
        <h1>{kindLabel("identity.role", "many")}</h1>
        {can.do("identity.role.create") && (
          <Button type="primary" icon={<PlusOutlined />} onClick={() => void navigate("/settings/roles/new")}>
            {t("ui.new")}
          </Button>
        )}
      </div>
      <p className="muted">{t("identity.roles.lead")}</p>
      {!data ? (
        <Skeleton active />
      ) : (
        <section className="panel">
          <ul className="related-list roles-list">
            {data.map((role) => (
              <li key={role.id}>
                <span>
                  <Link to={`/settings/roles/${role.id}`}>{roleLabel(role.name ?? "")}</Link> {role.built_in && <Mark>{t("identity.roles.builtIn")}</Mark>}
                  <div className="muted">{(role.built_in && textOf(`identity.roleTexts.${role.name}`)) || role.description}</div>
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
