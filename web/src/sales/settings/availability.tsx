import { Input } from "antd";
import { DatePicker, Select } from "../../ui/controls";
import dayjs from "dayjs";
import type { Schemas } from "../../api/client";
import { useT } from "../../i18n";
import { Mark } from "../../ui/mark";
import { ownKind, type EditProps, type ShowProps } from "../../ui/kinds/kind";
import { Lines } from "../../ui/lines";

type Skill = Schemas["sales.Skill"];
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
