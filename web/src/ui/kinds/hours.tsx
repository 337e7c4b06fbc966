import { Button, Input } from "antd";
import { Select } from "../controls";
import type { Schemas } from "../../api/client";
import { currentLanguage, useT, type Translate } from "../../i18n";
import { Lines } from "../lines";
import { ownKind, type EditProps, type ShowProps } from "./kind";

type Hours = Schemas["identity.WorkingHours"];

const WEEK = [1, 2, 3, 4, 5, 6, 7];

/** The name of a day of the week; 1 is Monday. */
function dayName(weekday: number, style: "short" | "long" = "short"): string {
  return new Intl.DateTimeFormat(currentLanguage(), { weekday: style, timeZone: "UTC" }).format(new Date(Date.UTC(2024, 0, weekday)));
}

/** Days with the same hours stand together. */
function grouped(hours: Hours[]): { days: number[]; spans: string }[] {
  const byDay = new Map<number, string[]>();
  for (const { weekday, start, end } of hours) byDay.set(weekday, [...(byDay.get(weekday) ?? []), `${start}–${end}`]);
  const groups: { days: number[]; spans: string }[] = [];
  for (const [day, spans] of [...byDay].sort(([one], [other]) => one - other)) {
    const last = groups.at(-1);
    if (last?.spans === spans.join(", ") && last.days.at(-1) === day - 1) last.days.push(day);
    else groups.push({ days: [day], spans: spans.join(", ") });
  }
  return groups;
}

const daysText = (days: number[]) => (days.length > 1 ? `${dayName(days[0] ?? 1)}–${dayName(days.at(-1) ?? 1)}` : dayName(days[0] ?? 1));

const hoursText = (hours: Hours[] | undefined) => grouped(hours ?? []).map(({ days, spans }) => `${daysText(days)} ${spans}`).join("; ");

/** The lines in which working hours are typed. */
export function EditHours({ value, onChange, id, disabled }: Pick<EditProps<Hours[]>, "value" | "onChange" | "id" | "disabled">) {
  const t = useT();
  const time = (label: string, shown: string, change: (next: string) => void) => (
    <Input aria-label={label} value={shown} placeholder="HH:MM" maxLength={5} disabled={disabled} onChange={(event) => change(event.target.value)} />
  );
  const week = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, start: "09:00", end: "18:00" }));
  return (
    <Lines
      id={id}
      value={value ?? []}
      onChange={onChange}
      disabled={disabled}
      most={50}
      add={t("ui.hours.add")}
      fresh={{ weekday: ((value?.at(-1)?.weekday ?? 0) % 7) + 1, start: "09:00", end: "18:00" }}
      className="hours"
      more={
        !value?.length &&
        !disabled && (
          <Button type="link" size="small" onClick={() => onChange?.(week)}>
            {t("ui.hours.week")}
          </Button>
        )
      }
      line={(hours, change) => (
        <>
          <Select aria-label={t("ui.hours.day")} value={hours.weekday} disabled={disabled} options={WEEK.map((day) => ({ value: day, label: dayName(day, "long") }))} onChange={(weekday) => change({ weekday })} />
          {time(t("ui.hours.start"), hours.start, (start) => change({ start }))}
          {time(t("ui.hours.end"), hours.end, (end) => change({ end }))}
        </>
      )}
    />
  );
}

/** What is wrong with working hours, as far as can be told here. */
export function hoursFault(hours: Hours[] | undefined, t: Translate): string | undefined {
  const malformed = (time: string) => !/^\d\d:\d\d$/.test(time);
  return hours?.some(({ start, end }) => malformed(start) || malformed(end)) ? t("errors.TIME_MALFORMED") : undefined;
}

/** When somebody works. */
export const workingHours = ownKind<Hours[]>({
  Show: ({ value }: ShowProps<Hours[]>) => <span className="tabular">{hoursText(value)}</span>,
  Edit: EditHours,
  text: hoursText,
  empty: [],
  operators: [],
  width: 220,
  wide: true,
  fault: (value, _field, t) => hoursFault(value, t),
});
