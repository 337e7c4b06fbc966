import { Button, DatePicker, Input, Select } from "antd";
import dayjs from "dayjs";
import type { Schemas } from "../../api/client";
import { currentLanguage, useT } from "../../i18n";
import { Mark } from "../../ui/mark";
import { ownKind, type EditProps, type ShowProps } from "../../ui/kinds/kind";
import { Lines } from "./lines";

type Skill = Schemas["sales.Skill"];
type Hours = Schemas["sales.WorkingHours"];
type Absence = Schemas["sales.Absence"];

function EditSkills({ value, onChange, id, disabled }: EditProps<Skill[]>) {
  const t = useT();
  return (
    <Lines
      id={id}
      value={value ?? []}
      onChange={onChange}
      disabled={disabled}
      most={50}
      add={t("sales.settings.skills.add")}
      fresh={{ name: "", level: 3 }}
      className="skill"
      line={(skill, change) => (
        <>
          <Input aria-label={t("sales.settings.skills.name")} placeholder={t("sales.settings.skills.name")} value={skill.name} maxLength={100} disabled={disabled} onChange={(event) => change({ name: event.target.value })} />
          <Select
            aria-label={t("sales.settings.skills.level")}
            value={skill.level || 3}
            disabled={disabled}
            options={[1, 2, 3, 4, 5].map((level) => ({ value: level, label: `${t("sales.settings.skills.level")} ${level}` }))}
            onChange={(level) => change({ level })}
          />
        </>
      )}
    />
  );
}

/** What somebody is able to do, and how well. */
export const skills = ownKind<Skill[]>({
  Show: ({ value }: ShowProps<Skill[]>) => (
    <span className="wrapping">
      {(value ?? []).map((skill) => (
        <Mark key={skill.name}>
          {skill.name} {skill.level || 3}
        </Mark>
      ))}
    </span>
  ),
  Edit: EditSkills,
  text: (value) => (value ?? []).map((skill) => `${skill.name} ${skill.level}`).join("; "),
  empty: [],
  operators: [],
  width: 200,
  wide: true,
  clean: (value) => value.filter((skill) => skill.name.trim()),
});

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

function EditHours({ value, onChange, id, disabled }: EditProps<Hours[]>) {
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
      add={t("sales.settings.hours.add")}
      fresh={{ weekday: ((value?.at(-1)?.weekday ?? 0) % 7) + 1, start: "09:00", end: "18:00" }}
      className="hours"
      more={
        !value?.length &&
        !disabled && (
          <Button type="link" size="small" onClick={() => onChange?.(week)}>
            {t("sales.settings.hours.week")}
          </Button>
        )
      }
      line={(hours, change) => (
        <>
          <Select aria-label={t("sales.settings.hours.day")} value={hours.weekday} disabled={disabled} options={WEEK.map((day) => ({ value: day, label: dayName(day, "long") }))} onChange={(weekday) => change({ weekday })} />
          {time(t("sales.settings.hours.start"), hours.start, (start) => change({ start }))}
          {time(t("sales.settings.hours.end"), hours.end, (end) => change({ end }))}
        </>
      )}
    />
  );
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
  fault: (value, _field, t) => ((value ?? []).some(({ start, end }) => !/^\d\d:\d\d$/.test(start) || !/^\d\d:\d\d$/.test(end)) ? t("errors.TIME_MALFORMED") : undefined),
});

function EditAbsences({ value, onChange, id, disabled }: EditProps<Absence[]>) {
  const t = useT();
  const today = dayjs().format("YYYY-MM-DD");
  const day = (label: string, shown: string, change: (next: string) => void) => (
    <DatePicker aria-label={label} value={shown ? dayjs(shown) : null} format="YYYY-MM-DD" allowClear={false} disabled={disabled} onChange={(next) => change(next?.format("YYYY-MM-DD") ?? "")} />
  );
  return (
    <Lines
      id={id}
      value={value ?? []}
      onChange={onChange}
      disabled={disabled}
      most={100}
      add={t("sales.settings.absences.add")}
      fresh={{ start_date: today, end_date: today, note: "" }}
      className="absence"
      line={(absence, change) => (
        <>
          {day(t("sales.settings.absences.start"), absence.start_date, (start_date) => change({ start_date }))}
          {day(t("sales.settings.absences.end"), absence.end_date, (end_date) => change({ end_date }))}
          <Input aria-label={t("sales.settings.absences.note")} placeholder={t("sales.settings.absences.note")} value={absence.note ?? ""} maxLength={200} disabled={disabled} onChange={(event) => change({ note: event.target.value })} />
        </>
      )}
    />
  );
}

const absenceText = ({ start_date, end_date, note }: Absence) => `${start_date}${end_date === start_date ? "" : ` – ${end_date}`}${note ? ` (${note})` : ""}`;

/** When somebody is away. */
export const absences = ownKind<Absence[]>({
  Show: ({ value, full }: ShowProps<Absence[]>) => (
    <span className={full ? "wrapping-list tabular" : "tabular"}>
      {(full ? (value ?? []) : (value ?? []).slice(0, 1)).map((absence) => (
        <span key={`${absence.start_date} ${absence.end_date}`}>{absenceText(absence)}</span>
      ))}
    </span>
  ),
  Edit: EditAbsences,
  text: (value) => (value ?? []).map(absenceText).join("; "),
  empty: [],
  operators: [],
  width: 180,
  wide: true,
});
