import { useVirtualizer } from "@tanstack/react-virtual";
import { CaretDownFilled, CaretUpFilled } from "../icons";
import { useCallback, useEffect, useRef, type CSSProperties, type KeyboardEvent, type MouseEvent } from "react";
import type { Data } from "../../api/records";
import { useT } from "../../i18n";
import { fieldLabel, type Field } from "../field";
import { kindOf } from "../kinds";
import { Cell } from "./cell";
import { fieldOf, type Resource } from "../resource";
import type { Column } from "./state";
import "./list.css";

export interface GridProps {
  resource: Resource;
  records: Data[];
  columns: Column[];
  /** As the API is asked: a field, with ` desc` for descending. */
  order: string;
  selected: ReadonlySet<string>;
  /** Whether there is room for columns; else each record is shown in two lines. */
  wide: boolean;
  /** The record that keys act on. */
  active: number;
  onActive: (index: number) => void;
  onOrder: (order: string) => void;
  onColumns: (columns: Column[]) => void;
  onSelect: (ids: string[], selected: boolean) => void;
  onOpen: (record: Data) => void;
  onMenu: (record: Data) => void;
  /** Called when the end comes into sight. */
  onEnd: () => void;
  onSave?: (record: Data, field: Field, value: unknown) => Promise<void>;
  mayEdit: (record: Data, field: Field) => boolean;
}

const ROW = 38;
const CARD = 64;
const NARROWEST = 60;
const CHECK = 40;

/** The records of a list, of which only those in sight are in the page. */
export function Grid(props: GridProps) {
  const { resource, records, columns, order, selected, wide, active, onActive, onOrder, onColumns, onSelect, onEnd } = props;
  const t = useT();
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: records.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (wide ? ROW : CARD),
    overscan: 12,
  });
  const items = rows.getVirtualItems();
  const last = items[items.length - 1]?.index ?? 0;
  useEffect(() => {
    if (last >= records.length - 20) onEnd();
  }, [last, records.length, onEnd]);
  useEffect(() => rows.measure(), [wide, rows]);

  const shown = columns.flatMap((column) => {
    const field = fieldOf(resource, column.name);
    return field ? [{ ...column, field }] : [];
  });
  const template = wide ? `${CHECK}px ${shown.map(({ width }) => `${width}px`).join(" ")} minmax(0, 1fr)` : `${CHECK}px minmax(0, 1fr)`;
  const width = CHECK + shown.reduce((sum, column) => sum + column.width, 0);
  const style = { "--columns": template, "--width": wide ? `${width}px` : "100%" } as CSSProperties;

  useEffect(() => {
    if (active >= 0 && active < records.length) rows.scrollToIndex(active);
  }, [active, records.length, rows]);
  const focusRow = useCallback((index: number) => {
    // The row may come into the page with the scrolling only.
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"]`)?.focus({ preventScroll: true }));
  }, []);

  function move(event: KeyboardEvent) {
    const target = event.target as HTMLElement;
    if (!target.matches("[data-index]") && !target.matches(".grid-scroller")) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 400) / ROW) - 2);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1, PageDown: page, PageUp: -page };
    let next = active;
    if (event.key in steps) next = active + (steps[event.key] ?? 0);
    else if (event.key === "Home") next = 0;
    else if (event.key === "End") next = records.length - 1;
    else return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    next = Math.max(0, Math.min(records.length - 1, next));
    onActive(next);
    focusRow(next);
  }

  const every = records.length > 0 && records.every((record) => selected.has(record.id));
  return (
    // The rows take the keys; the grid hears them on their way up.
    <div
      ref={scroller}
      className="grid-scroller"
      role="grid"
      tabIndex={records.length === 0 ? 0 : -1}
      aria-label={t("ui.list.records")}
      aria-rowcount={-1}
      aria-multiselectable
      style={style}
      onKeyDown={move}
    >
      <div className="grid-head" role="rowgroup">
        <div className="grid-row" role="row">
          <div className="grid-cell" role="columnheader">
            <input
              type="checkbox"
              aria-label={t("ui.list.selectLoaded")}
              checked={every}
              ref={(box) => {
                if (box) box.indeterminate = !every && selected.size > 0;
              }}
              onChange={(event) => onSelect(records.map((record) => record.id), event.target.checked)}
            />
          </div>
          {wide &&
            shown.map((column) => (
              <Head
                key={column.name}
                resource={resource}
                field={column.field}
                order={order}
                onOrder={onOrder}
                width={column.width}
                onWidth={(next) =>
                  onColumns(columns.map((one) => (one.name === column.name ? { ...one, width: Math.max(NARROWEST, next) } : one)))
                }
              />
            ))}
          {!wide && (
            <div className="grid-cell" role="columnheader">
              {fieldLabel(resource.name, shown[0]?.name ?? "name")}
            </div>
          )}
        </div>
      </div>
      <div className="grid-body" role="rowgroup" style={{ height: rows.getTotalSize() }}>
        {items.map((item) => {
          const record = records[item.index];
          if (!record) return null;
          return (
            <Row
              key={record.id}
              {...props}
              record={record}
              index={item.index}
              top={item.start}
              height={item.size}
              shown={shown}
              isActive={item.index === active}
              isSelected={selected.has(record.id)}
              focusable={item.index === Math.max(0, active)}
            />
          );
        })}
      </div>
    </div>
  );
}

interface HeadProps {
  resource: Resource;
  field: Field;
  order: string;
  width: number;
  onOrder: (order: string) => void;
  onWidth: (width: number) => void;
}

function Head({ resource, field, order, width, onOrder, onWidth }: HeadProps) {
  const label = fieldLabel(resource.name, field.name);
  const [ordered, direction] = order.split(" ");
  const sorted = ordered === field.name ? (direction === "desc" ? "descending" : "ascending") : undefined;
  const next = sorted === "ascending" ? `${field.name} desc` : sorted === "descending" ? "" : field.name;
  const drag = useRef<{ x: number; width: number } | null>(null);
  return (
    <div className={`grid-cell ${kindOf(field).align === "end" ? "end" : ""}`} role="columnheader" aria-sort={field.sorted ? (sorted ?? "none") : undefined}>
      {field.sorted ? (
        <button type="button" className="sort" onClick={() => onOrder(next)}>
          {label}
          {sorted === "ascending" && <CaretUpFilled />}
          {sorted === "descending" && <CaretDownFilled />}
        </button>
      ) : (
        <span className="sort">{label}</span>
      )}
      <span
        className="resize"
        aria-hidden
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          drag.current = { x: event.clientX, width };
        }}
        onPointerMove={(event) => drag.current && onWidth(drag.current.width + event.clientX - drag.current.x)}
        onPointerUp={() => (drag.current = null)}
      />
    </div>
  );
}

interface RowProps extends GridProps {
  record: Data;
  index: number;
  top: number;
  height: number;
  shown: (Column & { field: Field })[];
  isActive: boolean;
  isSelected: boolean;
  focusable: boolean;
}

function Row({ resource, record, index, top, height, shown, wide, isActive, isSelected, focusable, ...props }: RowProps) {
  const t = useT();
  const { onActive, onSelect, onOpen, onMenu, onSave, mayEdit } = props;
  const title = resource.title(record);
  function click(event: MouseEvent) {
    onActive(index);
    const control = (event.target as HTMLElement).closest("a, button, input, [role=combobox], .cell-editor");
    if (!wide && !control) onOpen(record);
  }
  return (
    // Keys act on the row through the list, which knows what they mean.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      role="row"
      className={`grid-row ${isActive ? "active" : ""} ${isSelected ? "selected" : ""}`}
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      data-index={index}
      tabIndex={focusable ? 0 : -1}
      style={{ transform: `translateY(${top}px)`, height }}
      onClick={click}
      onFocus={() => !isActive && onActive(index)}
      onContextMenu={() => {
        onActive(index);
        onMenu(record);
      }}
      onDoubleClick={(event) => {
        if (!(event.target as HTMLElement).closest(".editable, a, input")) onOpen(record);
      }}
    >
      <div className="grid-cell" role="gridcell">
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label={t("ui.list.selectOne", { name: title })}
          checked={isSelected}
          onChange={(event) => onSelect([record.id], event.target.checked)}
        />
      </div>
      {wide ? (
        shown.map(({ name, field }) => (
          <Cell key={name} resource={resource} record={record} field={field} editable={Boolean(onSave) && mayEdit(record, field)} onOpen={onOpen} onSave={onSave} />
        ))
      ) : (
        <Card resource={resource} record={record} shown={shown} />
      )}
    </div>
  );
}

function Card({ resource, record, shown }: Pick<RowProps, "resource" | "record" | "shown">) {
  const rest = shown.slice(1, 4);
  return (
    <div className="grid-cell card" role="gridcell">
      <span className="card-title">{resource.title(record)}</span>
      <span className="card-rest">
        {rest.map(({ name, field }) => {
          const { Show, empty } = kindOf(field);
          return <Show key={name} value={record[name] ?? empty} field={field} resource={resource.name} record={record} />;
        })}
      </span>
    </div>
  );
}
