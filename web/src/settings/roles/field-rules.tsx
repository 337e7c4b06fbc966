import { Collapse, Segmented } from "antd";
import type { FieldRule } from "../../api/permissions";
import { useT } from "../../i18n";
import { fieldLabel, kindLabel } from "../../ui/field";

interface Props {
  rules: FieldRule[];
  /** Every field that a rule can name. */
  fields: readonly string[];
  onChange?: (rules: FieldRule[]) => void;
}

/** Set by the service, so that rules on them would say nothing. */
const OWN = ["id", "etag", "create_time", "update_time", "delete_time"];

/** Which fields a role withholds. */
export function FieldRules({ rules, fields, onChange }: Props) {
  const t = useT();
  const byResource = new Map<string, string[]>();
  for (const field of fields) {
    const end = field.lastIndexOf(".");
    const [resource, name] = [field.slice(0, end), field.slice(end + 1)];
    if (!OWN.includes(name)) byResource.set(resource, [...(byResource.get(resource) ?? []), name]);
  }
  const accessOf = (field: string) => rules.find((rule) => rule.field === field)?.access ?? "free";
  const set = (field: string, access: string) => {
    const others = rules.filter((rule) => rule.field !== field);
    onChange?.(access === "free" ? others : [...others, { field, access: access as FieldRule["access"] }]);
  };
  const items = [...byResource]
    .filter(([resource]) => resource.split(".")[0] !== "feed")
    .map(([resource, names]) => {
      const count = rules.filter((rule) => rule.field?.startsWith(`${resource}.`)).length;
      return {
        key: resource,
        label: `${kindLabel(resource, "many")}${count > 0 ? ` · ${t("identity.roles.restricted", { count })}` : ""}`,
        children: (
          <dl className="field-rules">
            {names.map((name) => {
              const field = `${resource}.${name}`;
              return (
                <div key={name}>
                  <dt>{fieldLabel(resource, name)}</dt>
                  <dd>
                    <Segmented
                      size="small"
                      aria-label={fieldLabel(resource, name)}
                      name={field}
                      disabled={!onChange}
                      value={accessOf(field)}
                      options={[
                        { value: "free", label: t("identity.access.free") },
                        { value: "FIELD_ACCESS_READ_ONLY", label: t("identity.access.read") },
                        { value: "FIELD_ACCESS_HIDDEN", label: t("identity.access.hidden") },
                      ]}
                      onChange={(access) => set(field, access)}
                    />
                  </dd>
                </div>
              );
            })}
          </dl>
        ),
      };
    });
  return <Collapse ghost items={items} />;
}
