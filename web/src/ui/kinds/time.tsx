import { Input } from "antd";
import { DatePicker } from "../controls";
import dayjs from "dayjs";
import { formatDate, formatTime } from "../format";
import { control, type EditProps, type Kind } from "./kind";

function EditDate(props: EditProps<string>) {
  const { value, onChange } = props;
  return (
    <DatePicker
      {...control(props)}
      value={value ? dayjs(value) : null}
      format="YYYY-MM-DD"
      style={{ width: "100%" }}
      onChange={(next) => onChange?.(next ? next.format("YYYY-MM-DD") : "")}
    />
  );
}

/** A day of the calendar. */
export const date: Kind<string> = {
  Show: ({ value }) => <span className="tabular">{value ?? ""}</span>,
  Edit: EditDate,
  text: (value) => value ?? "",
  empty: "",
  operators: [">=", "<=", "="],
  width: 120,
};

function EditMoment(props: EditProps<string | null>) {
  const { value, onChange } = props;
  return (
    <DatePicker
      {...control(props)}
      value={value && dayjs(value).isValid() ? dayjs(value) : null}
      format="YYYY-MM-DD HH:mm"
      needConfirm={false}
      showTime={{ format: "HH:mm", minuteStep: 15, defaultOpenValue: dayjs().hour(9).minute(0) }}
      style={{ width: "100%" }}
      onChange={(next) => onChange?.(next ? next.second(0).millisecond(0).toISOString() : null)}
    />
  );
}

/** A moment that a person chooses. */
export const moment: Kind<string | null> = {
  Show: ({ value }) => (
    <time dateTime={value ?? undefined} className="tabular">
      {formatTime(value ?? undefined)}
    </time>
  ),
  Edit: EditMoment,
  text: (value) => formatTime(value ?? undefined),
  empty: null,
  operators: [">=", "<=", "<"],
  width: 140,
};

/** A moment, which only the service sets. */
export const time: Kind<string> = {
  ...date,
  Show: ({ value, full }) => (
    <time dateTime={value} title={formatTime(value)} className="tabular">
      {full ? formatTime(value) : formatDate(value)}
    </time>
  ),
  Edit: ({ value }) => <Input value={formatTime(value)} disabled />,
  text: (value) => formatTime(value),
  operators: [">=", "<=", "<"],
};
