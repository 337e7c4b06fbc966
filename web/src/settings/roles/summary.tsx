import { fieldAccess, scopeOf, type Rights } from "../../api/permissions";
import { textOf, useT } from "../../i18n";
import { fieldLabel, kindLabel } from "../../ui/field";
import { rowsOf } from "./grants";
import { scopeLabel } from "./matrix";

/** Says in sentences what somebody with a role sees and may do. */
export function Summary({ rights, permissions, fields }: { rights: Rights; permissions: readonly string[]; fields: readonly string[] }) {
  const t = useT();
  return (
    <ul className="summary">
      {rowsOf(permissions).map(({ resource, verbs }) => {
        // What nobody needs a permission to see is seen with the record that it is about.
        const readable = verbs.includes("read");
        const read = readable ? scopeOf(rights, `${resource}.read`) : undefined;
        const others = verbs
          .filter((verb) => verb !== "read")
          .flatMap((verb) => {
            const scope = scopeOf(rights, `${resource}.${verb}`);
            return scope ? [`${textOf(`identity.permissionVerbs.${verb}`) ?? verb} (${scopeLabel(scope)})`] : [];
          });
        if (!read && others.length === 0) return null;
        const withheld = (access: "hidden" | "read") =>
          fields
            .filter((field) => field.startsWith(`${resource}.`))
            .map((field) => field.slice(resource.length + 1))
            .filter((name) => fieldAccess(rights, resource, name) === access)
            .map((name) => fieldLabel(resource, name));
        const [hidden, readOnly] = [withheld("hidden"), withheld("read")];
        return (
          <li key={resource}>
            <b>{kindLabel(resource, "many")}</b>: {!readable ? "" : read ? t("identity.roles.sees", { scope: scopeLabel(read) }) : t("identity.roles.seesNone")}
            {others.length > 0 && ` ${t("identity.roles.may", { verbs: others.join(", ") })}`}
            {hidden.length > 0 && <div className="muted">{t("identity.roles.hides", { fields: hidden.join(", ") })}</div>}
            {readOnly.length > 0 && <div className="muted">{t("identity.roles.onlyReads", { fields: readOnly.join(", ") })}</div>}
          </li>
        );
      })}
    </ul>
  );
}
