import { DeleteOutlined, PlusOutlined } from "../icons";
import { Button, Input } from "antd";
import { Checkbox, Select, TreeSelect } from "../controls";
import { Mark } from "../mark";
import { Link } from "react-router";
import type { Schemas } from "../../api/client";
import { departmentTree, useDepartments, useRoles } from "../../api/departments";
import { useCan } from "../../api/me";
import { textOf, useT } from "../../i18n";
import { useName } from "../names";
import { RecordPicker } from "../picker";
import { resourceNamed } from "../registry";
import { control, type EditProps, type Kind, type ShowProps } from "./kind";

const USER = "identity.user";

function ShowUser({ value }: ShowProps<string>) {
  return useName(USER, value);
}

function EditReference(props: EditProps<string>) {
  const { value, onChange, field } = props;
  return (
    <RecordPicker
      {...control(props)}
      resource={field.resource ?? USER}
      value={value || undefined}
      clearable={!field.required}
      onChange={(next) => onChange?.(next ?? "")}
    />
  );
}

/** A person of the organization. */
export const user: Kind<string> = {
  Show: ShowUser,
  Edit: EditReference,
  text: (value, _field, _resource, _record, names) => names.of(USER, value),
  empty: "",
  operators: ["=", "!="],
  width: 140,
};

function ShowReference({ value, field }: ShowProps<string>) {
  const name = useName(field.resource ?? "", value);
  const target = resourceNamed(field.resource);
  return name && target?.paged ? <Link to={`${target.path}/${value}`}>{name}</Link> : name;
}

/** Another record. */
export const reference: Kind<string> = {
  ...user,
  Show: ShowReference,
  text: (value, field, _resource, _record, names) => names.of(field.resource ?? "", value),
  operators: ["=", "empty", "filled"],
  width: 200,
};

function ShowDepartment({ value }: ShowProps<string>) {
  const can = useCan();
  const { data } = useDepartments(can.do("identity.department.read"));
  return data?.find((department) => department.id === value)?.name ?? "";
}

function EditDepartment(props: EditProps<string>) {
  const { value, onChange } = props;
  const { data } = useDepartments();
  return (
    <TreeSelect
      {...control(props)}
      value={value || undefined}
      allowClear
      treeDefaultExpandAll
      showSearch={{ treeNodeFilterProp: "title" }}
      treeData={departmentTree(data ?? [])}
      style={{ width: "100%" }}
      onChange={(next) => onChange?.(next ?? "")}
    />
  );
}

/** A department. */
export const department: Kind<string> = {
  ...user,
  Show: ShowDepartment,
  Edit: EditDepartment,
  text: (value, _field, _resource, _record, names) => names.of("identity.department", value),
};

function ShowRoles({ value }: ShowProps<string[]>) {
  const can = useCan();
  const { data } = useRoles(can.do("identity.role.read"));
  return (value ?? []).map((id) => {
    const name = data?.find((role) => role.id === id)?.name;
    return name && <Mark key={id}>{roleLabel(name)}</Mark>;
  });
}

/** The name of a role; those that come with every organization are called in the reader's language. */
export function roleLabel(name: string): string {
  return textOf(`identity.roleNames.${name}`) ?? name;
}

function EditRoles(props: EditProps<string[]>) {
  const { value, onChange } = props;
  const { data } = useRoles();
  return (
    <Select
      {...control(props)}
      mode="multiple"
      value={value ?? []}
      showSearch={{ optionFilterProp: "label" }}
      options={data?.map((role) => ({ value: role.id, label: roleLabel(role.name ?? "") }))}
      onChange={(next) => onChange?.(next)}
    />
  );
}

/** Roles. */
export const roles: Kind<string[]> = {
  Show: ShowRoles,
  Edit: EditRoles,
  text: (value, _field, _resource, _record, names) => (value ?? []).map((id) => names.of("identity.role", id)).join("; "),
  empty: [],
  operators: ["="],
  width: 180,
};

type Membership = Schemas["customers.ContactAccount"];

function ShowMemberships({ value, full }: ShowProps<Membership[]>) {
  const t = useT();
  const list = full ? (value ?? []) : (value ?? []).slice(0, 1);
  return (
    <span className={full ? "wrapping-list" : undefined}>
      {list.map((one) => (
        <span key={one.account_id}>
          <Link to={`/customers/accounts/${one.account_id}`}>{one.account_name || <Membered id={one.account_id} />}</Link>
          {full && one.role && <span className="muted"> · {one.role}</span>}
          {full && one.inactive && <Mark>{t("ui.memberships.inactive")}</Mark>}
        </span>
      ))}
      {!full && (value?.length ?? 0) > 1 && <span className="muted"> +{(value?.length ?? 0) - 1}</span>}
    </span>
  );
}

function Membered({ id }: { id: string }) {
  return useName("customers.account", id);
}

function EditMemberships({ value, onChange, id, disabled }: EditProps<Membership[]>) {
  const t = useT();
  const list: Membership[] = value?.length ? value : [{ account_id: "" }];
  const change = (index: number, patch: Partial<Membership>) =>
    onChange?.(list.map((one, at) => (at === index ? { ...one, ...patch } : one)));
  return (
    <div className="points">
      {list.map((one, index) => (
        <div key={index} className="membership">
          <RecordPicker
            id={index === 0 ? id : undefined}
            aria-label={index === 0 ? undefined : t("ui.memberships.account")}
            resource="customers.account"
            value={one.account_id || undefined}
            clearable
            disabled={disabled}
            onChange={(account_id) => change(index, { account_id: account_id ?? "" })}
          />
          <Input
            aria-label={t("ui.memberships.role")}
            placeholder={t("ui.memberships.role")}
            value={one.role ?? ""}
            disabled={disabled}
            maxLength={100}
            onChange={(event) => change(index, { role: event.target.value })}
          />
          {one.account_id && (
            <>
              <Checkbox checked={one.inactive ?? false} disabled={disabled} onChange={(event) => change(index, { inactive: event.target.checked })}>
                {t("ui.memberships.inactive")}
              </Checkbox>
              <Button
                type="text"
                aria-label={t("ui.remove")}
                icon={<DeleteOutlined />}
                disabled={disabled}
                onClick={() => onChange?.(list.filter((_, at) => at !== index))}
              />
            </>
          )}
        </div>
      ))}
      {Boolean(list[list.length - 1]?.account_id) && list.length < 20 && !disabled && (
        <Button type="link" size="small" icon={<PlusOutlined />} onClick={() => onChange?.([...list, { account_id: "" }])}>
          {t("ui.memberships.add")}
        </Button>
      )}
    </div>
  );
}

/** The accounts for which a person works. */
export const memberships: Kind<Membership[]> = {
  Show: ShowMemberships,
  Edit: EditMemberships,
  text: (value) => (value ?? []).map((one) => one.account_name ?? one.account_id).join("; "),
  empty: [],
  operators: [],
  width: 220,
};
