import { Select, Tag } from "antd";
import { scopeOf, type Grant, type Scope } from "../../api/permissions";
import { textOf, useT } from "../../i18n";
import { kindLabel } from "../../ui/field";
import { patternsOf, rowsOf, SCOPES, withScope } from "./grants";

interface Props {
  grants: Grant[];
  permissions: readonly string[];
  /** None to only show the role. */
  onChange?: (grants: Grant[]) => void;
}

const COMMON = ["read", "create", "update", "delete"];

/** The name of how far a grant reaches. */
export function scopeLabel(scope: Scope | undefined): string {
  return textOf(`identity.scopes.${scope ?? "none"}`) ?? "";
}

/** What a role allows: a row for each kind of record, a column for each thing that can be done to it. */
export function Matrix({ grants, permissions, onChange }: Props) {
  const t = useT();
  const rows = rowsOf(permissions);
  const cell = (permission: string) => {
    const scope = scopeOf({ grants, fieldRules: [] }, permission);
    if (!onChange) return <span className={scope ? undefined : "muted"}>{scopeLabel(scope)}</span>;
    return (
      <Select
        size="small"
        aria-label={permission}
        value={scope ?? "none"}
        popupMatchSelectWidth={false}
        className={scope ? undefined : "scope-none"}
        options={[{ value: "none", label: scopeLabel(undefined) }, ...SCOPES.map((value) => ({ value, label: scopeLabel(value) }))]}
        onChange={(next) => onChange(withScope(grants, permission, next === "none" ? undefined : (next as Scope), permissions))}
      />
    );
  };
  const patterns = patternsOf(grants);
  return (
    <>
      {patterns.length > 0 && (
        <p className="muted">
          {t("identity.roles.patterns")}{" "}
          {patterns.map((grant) => (
            <Tag key={grant.permission} closable={Boolean(onChange)} onClose={() => onChange?.(grants.filter((one) => one !== grant))}>
              {grant.permission} · {scopeLabel(grant.scope)}
            </Tag>
          ))}
        </p>
      )}
      {/* The table is wider than a telephone, so it scrolls by itself and takes the focus for it. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="scrolling" tabIndex={0} role="region" aria-label={t("identity.roles.matrix")}>
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">{t("identity.roles.record")}</th>
              {COMMON.map((verb) => (
                <th key={verb} scope="col">
                  {textOf(`identity.permissionVerbs.${verb}`)}
                </th>
              ))}
              <th scope="col">{t("identity.roles.more")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ resource, verbs }) => (
              <tr key={resource}>
                <th scope="row">{kindLabel(resource, "many")}</th>
                {COMMON.map((verb) => (
                  <td key={verb}>{verbs.includes(verb) ? cell(`${resource}.${verb}`) : <span className="muted">·</span>}</td>
                ))}
                <td>
                  {verbs
                    .filter((verb) => !COMMON.includes(verb))
                    .map((verb) => (
                      <span key={verb} className="other-verb">
                        {textOf(`identity.permissionVerbs.${verb}`) ?? verb} {cell(`${resource}.${verb}`)}
                      </span>
                    ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
