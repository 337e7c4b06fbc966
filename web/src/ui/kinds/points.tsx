import { DeleteOutlined, PlusOutlined, StarFilled, StarOutlined } from "../icons";
import { Button, Input, Space, Tooltip } from "antd";
import { Select } from "../controls";
import { Mark } from "../mark";
import type { Schemas } from "../../api/client";
import { textOf, useT, type Key } from "../../i18n";
import { formatPhone } from "../format";
import type { EditProps, Kind, ShowProps } from "./kind";

type Phone = Schemas["customers.Phone"];
type Email = Schemas["customers.Email"];
type Point = Partial<Phone> & Partial<Email>;
type Part = "number" | "address";

const TYPES = {
  number: ["POINT_TYPE_MOBILE", "POINT_TYPE_WORK", "POINT_TYPE_HOME", "POINT_TYPE_FAX", "POINT_TYPE_OTHER"],
  address: ["POINT_TYPE_WORK", "POINT_TYPE_HOME", "POINT_TYPE_BILLING", "POINT_TYPE_OTHER"],
} as const;

const typeLabel = (type: string | undefined) => textOf(`ui.points.${type}`) ?? "";

function link(part: Part, point: Point) {
  const value = point[part] ?? "";
  const shown = part === "number" ? formatPhone(value) : value;
  return <a href={`${part === "number" ? "tel" : "mailto"}:${value}`}>{shown}</a>;
}

function ShowPoints({ value, full, part }: ShowProps<Point[]> & { part: Part }) {
  const t = useT();
  const points = value ?? [];
  const first = points.find((point) => point.primary) ?? points[0];
  if (!first) return null;
  if (!full) {
    return (
      <>
        {link(part, first)}
        {points.length > 1 && <span className="muted"> +{points.length - 1}</span>}
      </>
    );
  }
  return (
    <ul className="plain-list">
      {points.map((point) => (
        <li key={point[part]}>
          {link(part, point)} <span className="muted">{typeLabel(point.type)}</span>
          {point.primary && points.length > 1 && <Mark>{t("ui.points.primary")}</Mark>}
          {point.opted_out && <Mark tone="orange">{t("ui.points.optedOut")}</Mark>}
          {point.invalid && <Mark tone="red">{t("ui.points.invalid")}</Mark>}
        </li>
      ))}
    </ul>
  );
}

function EditPoints({ value, onChange, onBlur, id, disabled, autoFocus, part }: EditProps<Point[]> & { part: Part }) {
  const t = useT();
  const points = value?.length ? value : [{}];
  const change = (index: number, patch: Point) =>
    onChange?.(points.map((point, at) => (at === index ? { ...point, ...patch } : point)));
  const prefer = (index: number) => onChange?.(points.map((point, at) => ({ ...point, primary: at === index })));
  const name = t(part === "number" ? "ui.points.number" : "ui.points.address");
  return (
    <div className="points" onBlur={onBlur}>
      {points.map((point, index) => (
        <Space.Compact key={index} block>
          <Input
            id={index === 0 ? id : undefined}
            aria-label={index === 0 ? undefined : `${name} ${index + 1}`}
            type={part === "number" ? "tel" : "email"}
            value={point[part] ?? ""}
            disabled={disabled}
            autoFocus={autoFocus && index === 0}
            onChange={(event) => change(index, { [part]: event.target.value })}
          />
          <Select
            aria-label={t("ui.points.type")}
            className="point-type"
            value={point.type && point.type !== "POINT_TYPE_UNSPECIFIED" ? point.type : undefined}
            placeholder={t("ui.points.type")}
            disabled={disabled}
            popupMatchSelectWidth={false}
            options={TYPES[part].map((type) => ({ value: type, label: typeLabel(type) }))}
            onChange={(type) => change(index, { type })}
          />
          {points.length > 1 && (
            <>
              <Tooltip title={t("ui.points.prefer")}>
                <Button
                  aria-label={t("ui.points.prefer")}
                  aria-pressed={point.primary ?? false}
                  icon={point.primary ? <StarFilled /> : <StarOutlined />}
                  disabled={disabled}
                  onClick={() => prefer(index)}
                />
              </Tooltip>
              <Button
                aria-label={t("ui.remove")}
                icon={<DeleteOutlined />}
                disabled={disabled}
                onClick={() => onChange?.(points.filter((_, at) => at !== index))}
              />
            </>
          )}
        </Space.Compact>
      ))}
      {Boolean(points[points.length - 1]?.[part]) && points.length < 20 && !disabled && (
        <Button type="link" size="small" icon={<PlusOutlined />} onClick={() => onChange?.([...points, {}])}>
          {t(part === "number" ? "ui.points.addNumber" : "ui.points.addAddress")}
        </Button>
      )}
    </div>
  );
}

function kind(part: Part, width: number, looksRight: RegExp, advice: Key): Kind<Point[]> {
  return {
    Show: (props) => <ShowPoints {...props} part={part} />,
    Edit: (props) => <EditPoints {...props} part={part} />,
    text: (value) => (value ?? []).map((point) => point[part]).join("; "),
    empty: [],
    operators: ["~"],
    width,
    fault: (value, _field, t) =>
      value?.some((point) => point[part] && !looksRight.test(point[part] ?? "")) ? t(advice) : undefined,
  };
}

/** Telephone numbers. */
export const phones = kind("number", 170, /^\s*[+＋]?([\s\-‐–—－./()（）\u3000]*[0-9０-９]){5,15}[\s)）]*$/, "ui.faults.phone");
/** E-mail addresses. */
export const emails = kind("address", 220, /^\s*[^\s@]+@[^\s@]+\s*$/, "errors.EMAIL_INVALID");

/** The points that say something: a line that was left empty is none. */
export function filledPoints(value: unknown, part: Part): unknown {
  return Array.isArray(value) ? value.filter((point: Point) => (point[part] ?? "").trim() !== "") : value;
}
