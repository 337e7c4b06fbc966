import { Button } from "antd";
import type { ReactNode } from "react";
import { useT } from "../i18n";
import { DeleteOutlined, PlusOutlined } from "./icons";
import "./lines.css";

interface Props<T> {
  id?: string;
  value: T[];
  onChange?: (value: T[]) => void;
  disabled?: boolean;
  most: number;
  add: string;
  fresh: T;
  className: string;
  /** The controls of one line; `change` gives it other values. */
  line: (item: T, change: (patch: Partial<T>) => void, index: number) => ReactNode;
  more?: ReactNode;
}

/** Lines of a few controls each, which can be added and taken away. */
export function Lines<T>({ id, value, onChange, disabled, most, add, fresh, className, line, more }: Props<T>) {
  const t = useT();
  return (
    <div className="points" id={id} role="group">
      {value.map((item, index) => (
        <div key={index} className={`line ${className}`}>
          {line(item, (patch) => onChange?.(value.map((one, at) => (at === index ? { ...one, ...patch } : one))), index)}
          <Button type="text" aria-label={t("ui.remove")} icon={<DeleteOutlined />} disabled={disabled} onClick={() => onChange?.(value.filter((_, at) => at !== index))} />
        </div>
      ))}
      <span className="gap">
        {value.length < most && !disabled && (
          <Button type="link" size="small" icon={<PlusOutlined />} onClick={() => onChange?.([...value, fresh])}>
            {add}
          </Button>
        )}
        {more}
      </span>
    </div>
  );
}
