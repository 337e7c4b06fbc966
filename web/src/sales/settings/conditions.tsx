import { Input } from "antd";
import { Select } from "../../ui/controls";
import { useMemo } from "react";
import { useT, type Key } from "../../i18n";
import { fieldLabel, valueLabel, type Operator } from "../../ui/field";
import { toMajor } from "../../ui/format";
import { countryOptions } from "../../ui/countries";
import { formatFilter, parseFilter, type Filter } from "../../ui/list/filter";
import { useTypedAmount } from "../../ui/kinds/typed-amount";
import { ownKind, type EditProps, type ShowProps } from "../../ui/kinds/kind";
import { fieldOf } from "../../ui/resource";
import { Lines } from "../../ui/lines";
import { lead } from "../lead";

/** What rules look at, and how it can be compared. */
const FIELDS: Record<string, readonly Operator[]> = {
  source: ["=", "!="],
  rating: ["=", "!="],
  score: [">=", "<="],
  amount_minor: [">=", "<="],
  industry: ["=", "~", "!=", "empty", "filled"],
  channel: ["=", "~", "!=", "empty", "filled"],
  campaign_id: ["=", "!=", "empty", "filled"],
  company: ["~", "=", "empty", "filled"],
  title: ["~", "="],
  "address.country": ["=", "!=", "empty", "filled"],
  "address.state": ["=", "!=", "empty", "filled"],
  "address.city": ["=", "!=", "empty", "filled"],
  tags: ["=", "!="],
};

const OPERATORS: Record<Operator, Key> = {
  "=": "ui.filter.is",
  "!=": "ui.filter.isNot",
  "~": "ui.filter.holds",
  ">=": "ui.filter.atLeast",
  "<=": "ui.filter.atMost",
  "<": "ui.filter.below",
  empty: "ui.filter.empty",
  filled: "ui.filter.filled",
};

const AMOUNT = "CNY";

function wordOf(field: string, value: string): string {
  if (field === "amount_minor") return /^-?\d+$/.test(value) ? toMajor(value, AMOUNT) : value;
  return fieldOf(lead, field)?.kind === "choice" ? valueLabel(lead.name, value) || value : value;
}

/** A condition on leads in words. */
export function useConditionText(): (condition: string) => string {
  const t = useT();
  return (condition) => {
    const filter = parseFilter(condition);
    if (!filter) return condition;
    const { field, operator, values } = filter;
    return `${fieldLabel(lead.name, field)} ${t(OPERATORS[operator])} ${values.map((value) => wordOf(field, value)).join(" / ")}`.trim();
  };
}

function ShowConditions({ value }: ShowProps<string[]>) {
  const t = useT();
  const words = useConditionText();
  if (!value?.length) return t("sales.settings.rules.everyLead");
  return <span>{value.map(words).join("; ")}</span>;
}

function EditConditions({ value, onChange, id, disabled }: EditProps<string[]>) {
  const t = useT();
  // A condition that cannot be read here stays as it is.
  const lines = (value ?? []).map((text) => ({ text, filter: parseFilter(text) }));
  return (
    <Lines
      id={id}
      value={lines}
      onChange={(next) => onChange?.(next.map(({ text }) => text))}
      disabled={disabled}
      most={20}
      add={t("sales.settings.rules.addCondition")}
      fresh={{ text: "source=SOURCE_WEB_SITE", filter: undefined }}
      className="condition"
      line={({ text, filter }, change) =>
        filter && FIELDS[filter.field] ? (
          <Condition filter={filter} disabled={disabled} onChange={(next) => change({ text: formatFilter(next) })} />
        ) : (
          <Input aria-label={t("sales.fields.assignment_rule.conditions")} value={text} disabled={disabled} onChange={(event) => change({ text: event.target.value })} />
        )
      }
    />
  );
}

function Condition({ filter, disabled, onChange }: { filter: Filter; disabled?: boolean; onChange: (filter: Filter) => void }) {
  const t = useT();
  const operators = FIELDS[filter.field] ?? [];
  const bare = filter.operator === "empty" || filter.operator === "filled";
  const start = (field: string): Filter => {
    const values = fieldOf(lead, field)?.values?.filter((value) => !value.endsWith("UNSPECIFIED")).slice(0, 1) ?? ["0"];
    return { field, operator: FIELDS[field]?.[0] ?? "=", values: field === "score" || field === "amount_minor" ? ["0"] : fieldOf(lead, field)?.kind === "choice" ? values : field === "address.country" ? ["CN"] : ["-"] };
  };
  return (
    <>
      <Select
        aria-label={t("ui.filter.field")}
        value={filter.field}
        disabled={disabled}
        showSearch={{ optionFilterProp: "label" }}
        options={Object.keys(FIELDS).map((value) => ({ value, label: fieldLabel(lead.name, value) }))}
        onChange={(field) => onChange(start(field))}
      />
      <Select
        aria-label={t("ui.filter.operator")}
        value={filter.operator}
        disabled={disabled}
        options={operators.map((value) => ({ value, label: t(OPERATORS[value]) }))}
        onChange={(operator) => onChange({ ...filter, operator, values: filter.values.length > 0 ? filter.values : ["-"] })}
      />
      {bare ? <span /> : <ConditionValue filter={filter} disabled={disabled} onChange={(values) => onChange({ ...filter, values })} />}
    </>
  );
}

function ConditionValue({ filter, disabled, onChange }: { filter: Filter; disabled?: boolean; onChange: (values: string[]) => void }) {
  const t = useT();
  const label = t("ui.filter.value");
  const choices = useMemo(() => {
    if (filter.field === "address.country") return countryOptions();
    const field = fieldOf(lead, filter.field);
    if (field?.kind !== "choice") return undefined;
    return field.values?.map((value) => ({ value, label: valueLabel(lead.name, value) || t("ui.notSet") }));
  }, [filter.field, t]);
  if (choices) return <Select aria-label={label} mode="multiple" value={filter.values} disabled={disabled} showSearch={{ optionFilterProp: "label" }} options={choices} onChange={(next) => next.length > 0 && onChange(next)} />;
  if (filter.field === "amount_minor") {
    return <ConditionAmount label={label} value={filter.values[0] ?? "0"} disabled={disabled} onChange={(minor) => onChange([minor])} />;
  }
  if (["~", ">=", "<=", "<"].includes(filter.operator)) {
    return <Input aria-label={label} value={filter.values[0] ?? ""} disabled={disabled} onChange={(event) => onChange([event.target.value])} />;
  }
  return <Select aria-label={label} mode="tags" open={false} suffixIcon={null} value={filter.values.filter((value) => value !== "-")} disabled={disabled} onChange={(next: string[]) => onChange(next.length > 0 ? next : ["-"])} />;
}

function ConditionAmount({ label, value, disabled, onChange }: { label: string; value: string; disabled?: boolean; onChange: (minor: string) => void }) {
  const { shown, take } = useTypedAmount(value, AMOUNT);
  const change = (typed: string) => {
    const minor = take(typed);
    if (!minor.startsWith("~")) onChange(minor);
  };
  return <Input aria-label={label} inputMode="decimal" value={shown} disabled={disabled} onChange={(event) => change(event.target.value)} />;
}

/** Which leads a rule is for. */
export const conditions = ownKind<string[]>({
  Show: ShowConditions,
  Edit: EditConditions,
  text: (value) => (value ?? []).join("; "),
  empty: [],
  operators: [],
  width: 260,
  wide: true,
  fault: (value, _field, t) => ((value ?? []).some((text) => /[=~]-$/.test(text)) ? t("sales.faults.lines") : undefined),
});
