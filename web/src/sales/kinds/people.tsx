import { Button } from "antd";
import { Select } from "../../ui/controls";
import { Link } from "react-router";
import type { Schemas } from "../../api/client";
import { useT } from "../../i18n";
import { valueLabel } from "../../ui/field";
import { DeleteOutlined, PlusOutlined } from "../../ui/icons";
import { control, ownKind, type EditProps, type ShowProps } from "../../ui/kinds/kind";
import { useName } from "../../ui/names";
import { RecordPicker } from "../../ui/picker";

type Person = Schemas["sales.OpportunityContact"];

const ROLES = ["CONTACT_ROLE_DECISION_MAKER", "CONTACT_ROLE_EVALUATOR", "CONTACT_ROLE_INFLUENCER", "CONTACT_ROLE_PURCHASER", "CONTACT_ROLE_OTHER"] as const;
const MOST = 50;

function ShowPeople({ value, resource, full }: ShowProps<Person[]>) {
  const people = value ?? [];
  return (
    <span className={full ? "wrapping-list" : undefined}>
      {(full ? people : people.slice(0, 1)).map((one) => (
        <span key={one.contact_id}>
          <Link to={`/customers/contacts/${one.contact_id}`}>{one.contact_name || <ContactName id={one.contact_id} />}</Link>
          {full && <span className="muted"> {valueLabel(resource, one.role ?? "")}</span>}
        </span>
      ))}
      {!full && people.length > 1 && <span className="muted"> +{people.length - 1}</span>}
    </span>
  );
}

function ContactName({ id }: { id: string }) {
  return useName("customers.contact", id);
}

function EditPeople({ value, onChange, id, disabled, resource, siblings }: EditProps<Person[]>) {
  const t = useT();
  const people = value ?? [];
  const change = (index: number, patch: Partial<Person>) => onChange?.(people.map((one, at) => (at === index ? { ...one, ...patch } : one)));
  const account = String(siblings.account_id ?? "");
  return (
    <div className="points" id={id} role="group">
      {people.map((one, index) => (
        <div key={index} className="person">
          <RecordPicker
            aria-label={t("sales.people.contact")}
            resource="customers.contact"
            filter={account && !one.contact_id ? [`accounts.account_id=${account}`] : undefined}
            value={one.contact_id || undefined}
            disabled={disabled}
            onChange={(contact_id) => change(index, { contact_id: contact_id ?? "", contact_name: undefined })}
          />
          <Select
            aria-label={t("sales.people.role")}
            placeholder={t("sales.people.role")}
            value={one.role && one.role !== "CONTACT_ROLE_UNSPECIFIED" ? one.role : undefined}
            allowClear
            disabled={disabled}
            options={ROLES.map((role) => ({ value: role, label: valueLabel(resource, role) }))}
            onChange={(role) => change(index, { role: role ?? "CONTACT_ROLE_UNSPECIFIED" })}
          />
          <Button type="text" aria-label={t("ui.remove")} icon={<DeleteOutlined />} disabled={disabled} onClick={() => onChange?.(people.filter((_, at) => at !== index))} />
        </div>
      ))}
      {people.length < MOST && !disabled && (
        <Button type="link" size="small" icon={<PlusOutlined />} onClick={() => onChange?.([...people, { contact_id: "" }])}>
          {t("sales.people.add")}
        </Button>
      )}
    </div>
  );
}

/** The people of a deal and the part that each plays. */
export const people = ownKind<Person[]>({
  Show: ShowPeople,
  Edit: EditPeople,
  text: (value) => (value ?? []).map((one) => one.contact_name ?? one.contact_id).join("; "),
  empty: [],
  operators: [],
  width: 160,
  wide: true,
  clean: (value) => value.filter((one) => one.contact_id).map(({ contact_id, role = "CONTACT_ROLE_UNSPECIFIED" }) => ({ contact_id, role })),
});

function ShowUsers({ value }: ShowProps<string[]>) {
  return (
    <span className="wrapping">
      {(value ?? []).map((id) => (
        <UserName key={id} id={id} />
      ))}
    </span>
  );
}

function UserName({ id }: { id: string }) {
  return <span>{useName("identity.user", id)}</span>;
}

function EditUsers(props: EditProps<string[]>) {
  const t = useT();
  const { value, onChange } = props;
  const users = value ?? [];
  return (
    <div className="stack">
      <span className="wrapping">
        {users.map((id) => (
          <Button key={id} size="small" icon={<DeleteOutlined />} disabled={props.disabled} onClick={() => onChange?.(users.filter((one) => one !== id))}>
            <span className="unseen">{t("ui.remove")} </span>
            <UserName id={id} />
          </Button>
        ))}
      </span>
      <RecordPicker {...control(props)} resource="identity.user" value={undefined} onChange={(id) => id && !users.includes(id) && onChange?.([...users, id])} />
    </div>
  );
}

/** Several users. */
export const users = ownKind<string[]>({
  Show: ShowUsers,
  Edit: EditUsers,
  text: (value, _field, _resource, _record, names) => (value ?? []).map((id) => names.of("identity.user", id)).join("; "),
  empty: [],
  operators: [],
  width: 200,
  wide: true,
});
