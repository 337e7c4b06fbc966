import { Input } from "antd";
import { InputNumber, Select } from "../controls";
import { useT } from "../../i18n";
import { currencyName, formatMoney, formatNumber, digitsOf, toMajor } from "../format";
import { control, type EditProps, type Kind, type ShowProps } from "./kind";
import { useTypedAmount } from "./typed-amount";

const SENSITIVE = /^\*{2,}/;

function ShowText({ value, full }: ShowProps<string>) {
  return full ? <span className="whole-text">{value}</span> : value;
}

function EditText(props: EditProps<string>) {
  const { value, onChange, field } = props;
  return <Input {...control(props)} value={value ?? ""} maxLength={field.most} onChange={(event) => onChange?.(event.target.value)} />;
}

/** One line of text. */
export const text: Kind<string> = {
  Show: ShowText,
  Edit: EditText,
  text: (value) => value ?? "",
  empty: "",
  operators: ["=", "!=", "empty", "filled"],
  width: 180,
};

function EditLongText(props: EditProps<string>) {
  const { value, onChange, field } = props;
  return (
    <Input.TextArea
      {...control(props)}
      value={value ?? ""}
      rows={3}
      className="growing"
      maxLength={field.most}
      onChange={(event) => onChange?.(event.target.value)}
    />
  );
}

/** Text of any length. */
export const longText: Kind<string> = { ...text, Edit: EditLongText, operators: [], width: 260 };

function ShowWebsite({ value }: ShowProps<string>) {
  // The API keeps nothing but web addresses; anything else is not made a link.
  if (!/^https?:\/\//.test(value)) return value;
  return (
    <a href={value} target="_blank" rel="noreferrer noopener">
      {value.replace(/^https?:\/\/(www\.)?/, "").replace(/\/$/, "")}
    </a>
  );
}

/** The address of a web site. */
export const website: Kind<string> = {
  ...text,
  Show: ShowWebsite,
  fault: (value, _field, t) =>
    value && !/^\s*(https?:\/\/)?[^\s/@]+\.[^\s/@]+(\/\S*)?\s*$/i.test(value) ? t("errors.WEBSITE_INVALID") : undefined,
};

/** An e-mail address. */
export const email: Kind<string> = {
  ...text,
  Show: ({ value }) => (value ? <a href={`mailto:${value}`}>{value}</a> : null),
  operators: ["~", "="],
  width: 220,
  fault: (value, _field, t) => (value && !/^\s*[^\s@]+@[^\s@]+\s*$/.test(value) ? t("errors.EMAIL_INVALID") : undefined),
};

function EditSensitive(props: EditProps<string>) {
  const t = useT();
  const { value, onChange } = props;
  const masked = SENSITIVE.test(value ?? "");
  return (
    <Input
      {...control(props)}
      value={masked ? "" : (value ?? "")}
      placeholder={masked ? t("ui.sensitive.keep", { value: value ?? "" }) : undefined}
      autoComplete="off"
      onChange={(event) => onChange?.(event.target.value)}
    />
  );
}

/** A number that is shown masked to those who may not see it. */
export const sensitive: Kind<string> = {
  ...text,
  Show: ({ value }) => <span className="tabular">{value}</span>,
  Edit: EditSensitive,
  operators: ["="],
  width: 180,
};

function EditInteger(props: EditProps<number>) {
  const { value, onChange } = props;
  return (
    <InputNumber
      {...control(props)}
      value={value || undefined}
      min={0}
      max={2_147_483_647}
      precision={0}
      style={{ width: "100%" }}
      onChange={(next) => onChange?.(Number(next ?? 0))}
    />
  );
}

/** A whole number of things. */
export const integer: Kind<number> = {
  Show: ({ value }) => <span className="tabular">{value ? formatNumber(value) : ""}</span>,
  Edit: EditInteger,
  text: (value) => (value ? String(value) : ""),
  empty: 0,
  operators: [">=", "<=", "="],
  width: 110,
  align: "end",
};

const currencyIn = (siblings: Record<string, unknown>, currency = "currency") => String(siblings[currency] || "CNY");

function EditMoney(props: EditProps<string>) {
  const { value, onChange, field, siblings } = props;
  const currency = currencyIn(siblings, field.currency);
  const { shown, take } = useTypedAmount(value ?? "0", currency);
  return <Input {...control(props)} value={shown} inputMode="decimal" suffix={currency} onChange={(event) => onChange?.(take(event.target.value))} />;
}

/** An amount of money in minor units. */
export const money: Kind<string> = {
  Show: ({ value, field, record }) => (
    <span className="tabular">{isAmount(value) ? formatMoney(value, currencyIn(record, field.currency)) : ""}</span>
  ),
  Edit: EditMoney,
  text: (value, field, _resource, record) => (isAmount(value) ? toMajor(value, currencyIn(record, field.currency)) : ""),
  empty: "0",
  operators: [">=", "<="],
  width: 160,
  align: "end",
  fault: (value, field, t, siblings) =>
    String(value ?? "").startsWith("~")
      ? t("ui.faults.amount", { digits: digitsOf(currencyIn(siblings, field.currency)) })
      : undefined,
};

const isAmount = (value: unknown) => /^-?\d+(\.0+)?$/.test(String(value ?? "")) && Number(value) !== 0;

function EditCurrency(props: EditProps<string>) {
  const { value, onChange } = props;
  return (
    <Select
      {...control(props)}
      value={value || undefined}
      showSearch={{ optionFilterProp: "label" }}
      allowClear
      options={Intl.supportedValuesOf("currency").map((code) => ({ value: code, label: `${code} · ${currencyName(code)}` }))}
      onChange={(next) => onChange?.(next ?? "")}
    />
  );
}

/** A currency, ISO 4217. */
export const currency: Kind<string> = { ...text, Edit: EditCurrency, operators: ["=", "!="], width: 90 };
