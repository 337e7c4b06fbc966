import { DeleteOutlined, FilterOutlined, PlusOutlined } from "../icons";
import { Badge, Button, Input, Popover, Tag } from "antd";
import { Select } from "../controls";
import { useMemo, useState } from "react";
import { useCan } from "../../api/me";
import { useT, type Key, type Translate } from "../../i18n";
import { fieldLabel, valueLabel, type Field, type Operator } from "../field";
import { formatDate, formatMoment, toMajor, toMinor } from "../format";
import { kindOf } from "../kinds";
import { useName } from "../names";
import { Opened } from "../opened";
import { RecordPicker } from "../picker";
import type { Resource } from "../resource";
import { filterFields, formatFilter, isComplete, isOfDay, MOMENTS, MYSELF, operatorsOf, type Filter } from "./filter";

const OPERATORS: Record<Operator, Key> = {
  "=": "ui.filter.is",
  "!=": "ui.filter.isNot",
  "~": "ui.filter.holds",
  ">=": "ui.filter.atLeast",
  "<=": "ui.filter.atMost",
  "<": "ui.filter.before",
  empty: "ui.filter.empty",
  filled: "ui.filter.filled",
};

/** Amounts are typed and shown in the unit that people use, whatever their currency is. */
const AMOUNT = "CNY";

interface Props {
  resource: Resource;
  filters: Filter[];
  onChange: (filters: Filter[]) => void;
}

function useFields(resource: Resource): Field[] {
  const can = useCan();
  return useMemo(() => filterFields(resource, (field) => can.see(resource.name, field)), [resource, can]);
}

/** The button that opens the conditions of a list. */
export function FilterBuilder({ resource, filters, onChange }: Props) {
  const t = useT();
  const fields = useFields(resource);
  const [open, setOpen] = useState(false);
  const [draft, setDraft] = useState<Filter[]>([]);
  const start = (): Filter => {
    const field = fields[0];
    return { field: field?.name ?? "", operator: field ? (operatorsOf(field)[0] ?? "=") : "=", values: [] };
  };
  const toggle = (next: boolean) => {
    if (next) setDraft(filters.length > 0 ? filters : [start()]);
    setOpen(next);
  };
  const apply = () => {
    onChange(draft.filter(isComplete));
    setOpen(false);
  };
  const panel = (
    <form
      className="filter-panel"
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
    >
      {draft.map((filter, index) => (
        <FilterRow
          key={index}
          resource={resource}
          fields={fields}
          filter={filter}
          onChange={(next) => setDraft(draft.map((one, at) => (at === index ? next : one)))}
          onRemove={() => setDraft(draft.filter((_, at) => at !== index))}
        />
      ))}
      <div className="row-between">
        <Button icon={<PlusOutlined />} onClick={() => setDraft([...draft, start()])} disabled={draft.length >= 15}>
          {t("ui.filter.add")}
        </Button>
        <span className="gap">
          <Button
            onClick={() => {
              onChange([]);
              setOpen(false);
            }}
          >
            {t("ui.filter.clear")}
          </Button>
          <Button type="primary" htmlType="submit">
            {t("ui.filter.apply")}
          </Button>
        </span>
      </div>
    </form>
  );
  return (
    <Popover trigger="click" placement="bottomLeft" open={open} onOpenChange={toggle} content={<Opened onClose={() => setOpen(false)}>{panel}</Opened>} destroyOnHidden>
      <Badge count={filters.length} size="small" color="var(--ant-color-primary)">
        <Button icon={<FilterOutlined />} aria-expanded={open}>
          {t("ui.filter.title")}
        </Button>
      </Badge>
    </Popover>
  );
}

interface RowProps {
  resource: Resource;
  fields: Field[];
  filter: Filter;
  onChange: (filter: Filter) => void;
  onRemove: () => void;
}

function FilterRow({ resource, fields, filter, onChange, onRemove }: RowProps) {
  const t = useT();
  const field = fields.find((one) => one.name === filter.field);
  const operators = field ? operatorsOf(field) : [];
  const bare = filter.operator === "empty" || filter.operator === "filled";
  return (
    <div className="filter-row">
      <Select
        aria-label={t("ui.filter.field")}
        value={filter.field}
        showSearch={{ optionFilterProp: "label" }}
        options={fields.map(({ name }) => ({ value: name, label: fieldLabel(resource.name, name) }))}
        onChange={(name) => {
          const next = fields.find((one) => one.name === name);
          onChange({ field: name, operator: (next && operatorsOf(next)[0]) ?? "=", values: [] });
        }}
      />
      <Select
        aria-label={t("ui.filter.operator")}
        value={filter.operator}
        options={operators.map((operator) => ({ value: operator, label: t(OPERATORS[operator]) }))}
        onChange={(operator) => onChange({ ...filter, operator, values: field?.kind === "time" ? filter.values.map(shownDay) : filter.values })}
      />
      <div>{field && !bare && <FilterValue resource={resource} field={field} filter={filter} onChange={onChange} />}</div>
      <Button type="text" aria-label={t("ui.remove")} icon={<DeleteOutlined />} onClick={onRemove} />
    </div>
  );
}

/** The day of a moment that a link asked for: it is all that the row shows, so another comparison is with that day. */
const shownDay = (value: string) => (value.includes("T") ? formatDate(value) || value : value);

function FilterValue({ resource, field, filter, onChange }: Omit<RowProps, "fields" | "onRemove"> & { field: Field }) {
  const t = useT();
  const { values } = filter;
  const set = (next: string[]) => onChange({ ...filter, values: next });
  const label = t("ui.filter.value");
  const wide = { width: "100%" };
  if (typeof field.kind !== "string") {
    const { Edit } = field.kind;
    return <Edit aria-label={label} value={values[0]} onChange={(next) => set(next ? [String(next)] : [])} field={field} resource={resource.name} siblings={{}} />;
  }
  switch (field.kind) {
    case "choice":
      return (
        <Select
          aria-label={label}
          mode="multiple"
          style={wide}
          value={values}
          options={field.values?.map((value) => ({ value, label: valueLabel(resource.name, value) || t("ui.notSet") }))}
          onChange={set}
        />
      );
    case "boolean":
      return (
        <Select
          aria-label={label}
          style={wide}
          value={values[0]}
          options={[
            { value: "true", label: t("ui.yes") },
            { value: "false", label: t("ui.no") },
          ]}
          onChange={(value) => set([value])}
        />
      );
    case "user":
      return (
        <span className="stack">
          {values[0] === MYSELF ? (
            <Tag closable onClose={() => set([])}>
              {t("ui.filter.me")}
            </Tag>
          ) : (
            <>
              <RecordPicker aria-label={label} resource="identity.user" value={values[0]} onChange={(id) => set(id ? [id] : [])} />
              <Button size="small" type="link" onClick={() => set([MYSELF])}>
                {t("ui.filter.me")}
              </Button>
            </>
          )}
        </span>
      );
    case "reference":
      return <RecordPicker aria-label={label} resource={field.resource ?? ""} value={values[0]} onChange={(id) => set(id ? [id] : [])} />;
    case "department":
    case "date":
    case "time":
    case "moment":
    case "roles": {
      const { Edit } = kindOf(field.kind === "time" || field.kind === "moment" ? { ...field, kind: "date" } : field);
      const single = field.kind !== "roles";
      return (
        <Edit
          aria-label={label}
          value={single ? values[0] : values}
          onChange={(next) => set(Array.isArray(next) ? next.map(String) : next ? [String(next)] : [])}
          field={field}
          resource={resource.name}
          siblings={{}}
        />
      );
    }
    case "integer":
      return <Input aria-label={label} inputMode="numeric" value={values[0] ?? ""} onChange={(event) => set([event.target.value.replace(/\D/g, "")])} />;
    case "money":
      return <MoneyValue label={label} value={values[0]} onChange={(value) => set([value])} />;
    case "tags":
    case "text":
      return filter.operator === "~" ? (
        <Input aria-label={label} value={values[0] ?? ""} onChange={(event) => set([event.target.value])} />
      ) : (
        <Select aria-label={label} mode="tags" style={wide} open={false} suffixIcon={null} tokenSeparators={[",", "，"]} value={values} onChange={set} />
      );
    default:
      return <Input aria-label={label} value={values[0] ?? ""} onChange={(event) => set([event.target.value])} />;
  }
}

function MoneyValue({ label, value, onChange }: { label: string; value: string | undefined; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState(value ? toMajor(value, AMOUNT) : "");
  return (
    <Input
      aria-label={label}
      inputMode="decimal"
      value={typed}
      onChange={(event) => {
        setTyped(event.target.value);
        onChange(toMinor(event.target.value, AMOUNT) ?? "");
      }}
    />
  );
}

interface ChipsProps {
  resource: Resource;
  filters: Filter[];
  onRemove: (filter: Filter) => void;
}

/** The conditions of a list in words, each with a cross that takes it away. */
export function FilterChips({ resource, filters, onRemove }: ChipsProps) {
  return filters.map((filter, index) => <Chip key={`${index} ${formatFilter(filter)}`} resource={resource} filter={filter} onClose={() => onRemove(filter)} />);
}

function Chip({ resource, filter, onClose }: { resource: Resource; filter: Filter; onClose: () => void }) {
  const t = useT();
  const field = useFields(resource).find((one) => one.name === filter.field);
  const target = field?.kind === "user" ? "identity.user" : field?.kind === "reference" ? field.resource : undefined;
  const value = filter.values[0];
  const name = useName(target ?? "", target && value !== MYSELF ? value : undefined);
  return (
    <Tag closable onClose={onClose} closeIcon={<span aria-label={t("ui.remove")}>×</span>}>
      {fieldLabel(resource.name, filter.field)} {t(OPERATORS[filter.operator])} <b>{value === MYSELF ? t("ui.filter.me") : name || worded(resource, field, filter, t) || <Worded resource={resource} field={field} value={value} />}</b>
    </Tag>
  );
}

/** A value in the words of its own kind. */
function Worded({ resource, field, value }: { resource: Resource; field: Field | undefined; value: string | undefined }) {
  if (!field || !value) return null;
  const { Show } = kindOf(field);
  return <Show value={value} field={field} resource={resource.name} record={{ id: "", [field.name]: value }} />;
}

function worded(resource: Resource, field: Field | undefined, filter: Filter, t: Translate): string {
  const { values } = filter;
  const own = typeof field?.kind === "object" && !isOfDay(filter) && !MOMENTS.some((word) => word === values[0]);
  if (own) return "";
  const one = (value: string) => {
    const moment = MOMENTS.find((word) => word === value);
    if (moment) return t(`ui.filter.${moment}`);
    if (field?.kind === "money") return toMajor(value, AMOUNT);
    if (field?.kind === "time") return formatMoment(value);
    return field?.kind === "choice" ? valueLabel(resource.name, value) || t("ui.notSet") : value;
  };
  return values.map(one).join(" / ");
}
