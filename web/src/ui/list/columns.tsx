import { ArrowDownOutlined, ArrowUpOutlined, TableOutlined } from "../icons";
import { Button, Popover, Tooltip } from "antd";
import { Checkbox, InputNumber } from "../controls";
import { useState } from "react";
import { useCan } from "../../api/me";
import { useT } from "../../i18n";
import { fieldLabel } from "../field";
import { kindOf } from "../kinds";
import { Opened } from "../opened";
import type { Resource } from "../resource";
import type { Column } from "./saved";

interface Props {
  resource: Resource;
  columns: Column[];
  /** Chooses columns; none to have the first ones again. */
  onChange: (columns: Column[] | null) => void;
}

/** How narrow and how wide a column can be, in pixels. */
export const NARROWEST = 60;
const WIDEST = 900;

/** Chooses the columns of a list, their order and their widths. */
export function ColumnChooser({ resource, columns, onChange }: Props) {
  const t = useT();
  const can = useCan();
  const [open, setOpen] = useState(false);
  const chosen = new Set(columns.map((column) => column.name));
  const others = resource.fields.filter((field) => !chosen.has(field.name) && can.see(resource.name, field.name));
  const move = (index: number, step: number) => {
    const next = [...columns];
    const [column] = next.splice(index, 1);
    if (column) next.splice(index + step, 0, column);
    onChange(next);
  };
  const panel = (
    <div className="column-panel">
      <ul>
        {columns.map(({ name, width }, index) => (
          <li key={name}>
            <Checkbox checked disabled={columns.length === 1} onChange={() => onChange(columns.filter((column) => column.name !== name))}>
              {fieldLabel(resource.name, name)}
            </Checkbox>
            <InputNumber
              size="small"
              className="column-width"
              aria-label={t("ui.columns.width", { name: fieldLabel(resource.name, name) })}
              min={NARROWEST}
              max={WIDEST}
              step={20}
              value={width}
              onChange={(next) => next !== null && onChange(columns.map((column) => (column.name === name ? { name, width: next } : column)))}
            />
            <Button size="small" type="text" aria-label={t("ui.columns.up", { name: fieldLabel(resource.name, name) })} icon={<ArrowUpOutlined />} disabled={index === 0} onClick={() => move(index, -1)} />
            <Button size="small" type="text" aria-label={t("ui.columns.down", { name: fieldLabel(resource.name, name) })} icon={<ArrowDownOutlined />} disabled={index === columns.length - 1} onClick={() => move(index, 1)} />
          </li>
        ))}
        {others.map((field) => (
          <li key={field.name}>
            <Checkbox checked={false} onChange={() => onChange([...columns, { name: field.name, width: field.width ?? kindOf(field).width }])}>
              {fieldLabel(resource.name, field.name)}
            </Checkbox>
          </li>
        ))}
      </ul>
      <Button type="link" size="small" onClick={() => onChange(null)}>
        {t("ui.columns.reset")}
      </Button>
    </div>
  );
  return (
    <Popover trigger="click" placement="bottomRight" open={open} onOpenChange={setOpen} content={<Opened onClose={() => setOpen(false)}>{panel}</Opened>} title={t("ui.columns.title")} destroyOnHidden>
      <Tooltip title={t("ui.columns.title")}>
        <Button icon={<TableOutlined />} aria-label={t("ui.columns.title")} aria-expanded={open} />
      </Tooltip>
    </Popover>
  );
}
