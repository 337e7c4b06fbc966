import { Input } from "antd";
import { DatePicker } from "../../ui/controls";
import dayjs from "dayjs";
import type { Schemas } from "../../api/client";
import { useT } from "../../i18n";
import { formatPhone } from "../../ui/format";
import { control, ownKind, type EditProps, type ShowProps } from "../../ui/kinds/kind";
import { text } from "../../ui/kinds/text";

const DIALLED = /^\s*[+＋]?([\s\-‐–—－./()（）\u3000]*[0-9０-９]){5,15}[\s)）]*$/;

function EditPhone(props: EditProps<string>) {
  const { value, onChange, field } = props;
  return <Input {...control(props)} type="tel" value={value ?? ""} maxLength={field.most} onChange={(event) => onChange?.(event.target.value)} />;
}

/** A telephone number. */
export const phone = ownKind<string>({
  ...text,
  Show: ({ value }: ShowProps<string>) => (value ? <a href={`tel:${value}`}>{formatPhone(value)}</a> : null),
  Edit: EditPhone,
  operators: ["~", "="],
  width: 160,
  fault: (value, _field, t) => (value && !DIALLED.test(value) ? t("ui.faults.phone") : undefined),
});

type Utm = Schemas["sales.Utm"];

function ShowOrigin({ value }: ShowProps<Utm>) {
  const t = useT();
  const parts = (["source", "medium", "campaign", "term", "content"] as const).filter((part) => value?.[part]);
  return (
    <span className="wrapping">
      {parts.map((part) => (
        <span key={part}>
          <span className="muted">{t(`sales.utm.${part}`)}</span> {value[part]}
        </span>
      ))}
    </span>
  );
}

/** Where a visitor came from; only the page that took the lead knows. */
export const origin = ownKind<Utm>({
  Show: ShowOrigin,
  Edit: () => null,
  text: (value) => Object.values(value ?? {}).filter(Boolean).join(" / "),
  empty: {},
  operators: [],
  width: 200,
  wide: true,
});

/** A decimal number that is kept exactly as it is written. */
export const decimal = ownKind<string>({
  ...text,
  Show: ({ value }: ShowProps<string>) => <span className="tabular">{value}</span>,
  operators: [],
  width: 130,
  align: "end",
  fault: (value, _field, t) => (value && !/^\s*\d{1,12}(\.\d{1,9})?\s*$/.test(value) ? t("sales.faults.decimal") : undefined),
});

function EditMonth(props: EditProps<string>) {
  const { value, onChange } = props;
  return (
    <DatePicker
      {...control(props)}
      picker="month"
      value={value ? dayjs(`${value}-01`) : null}
      format="YYYY-MM"
      style={{ width: "100%" }}
      onChange={(next) => onChange?.(next ? next.format("YYYY-MM") : "")}
    />
  );
}

/** A month of the calendar. */
export const month = ownKind<string>({
  ...text,
  Show: ({ value }: ShowProps<string>) => <span className="tabular">{value}</span>,
  Edit: EditMonth,
  operators: [">=", "<=", "="],
  width: 120,
});
