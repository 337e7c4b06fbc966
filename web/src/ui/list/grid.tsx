import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useCallback, useEffect, useMemo, useRef, type CSSProperties, type KeyboardEvent, type MouseEvent } from "react";
import type { Data } from "../../api/records";
import { useT } from "../../i18n";
import { fieldLabel, type Field } from "../field";
import { kindOf } from "../kinds";
import { Cell } from "./cell";
import { fieldOf, type Resource } from "../resource";
import { Heads } from "./heads";
import type { Column } from "./saved";
import "./list.css";

export interface GridProps {
  resource: Resource;
  /** The records that are held; around them others may be known to be. */
  records: Data[];
  /** How many stand before those that are held. */
  from: number;
  /** How many are known to be, from the first. */
  known: number;
  /** Whether nothing is known yet. */
  pending: boolean;
  /** What changes when it is another list, which is seen from its beginning. */
  shown: unknown;
  columns: Column[];
  /** As the API is asked: a field, with ` desc` for descending. */
  order: string;
  selected: ReadonlySet<string>;
  /** Whether there is room for columns; else each record is shown in two lines. */
  wide: boolean;
  /** The record that keys act on. */
  active: number;
  onActive: (index: number) => void;
  onSort: (field: Field) => void;
  onColumns: (columns: Column[]) => void;
  onSelect: (records: readonly Data[], selected: boolean) => void;
  onOpen: (record: Data) => void;
  onMenu: (record: Data) => void;
  /** Called with the numbers of the first and the last record in sight. */
  onSee: (first: number, last: number) => void;
  onSave?: (record: Data, field: Field, value: unknown) => Promise<void>;
  mayEdit: (record: Data, field: Field) => boolean;
}

const ROW = 38;
const CARD = 64;
const CHECK = 40;
/** So many rows are hinted at before anything is known. */
const HINTED = 20;

/** The records of a list, of which only those in sight are in the page. */
export function Grid(props: GridProps) {
  const { resource, records, from, known, pending, shown: list, columns, order, selected, wide, active, onActive, onSort, onColumns, onSelect, onSee } = props;
  const t = useT();
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: pending ? HINTED : known,
    getScrollElement: () => scroller.current,
    estimateSize: () => (wide ? ROW : CARD),
    overscan: 6,
    // A frame may come a little late; one that is finished in haste keeps the wheel waiting.
    useFlushSync: false,
  });
  const items = rows.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items[items.length - 1]?.index ?? 0;
  useEffect(() => onSee(first, last), [first, last, onSee]);
  useEffect(() => void scroller.current?.scrollTo({ top: 0 }), [list]);
  useEffect(() => rows.measure(), [wide, rows]);

  const shown = useMemo(
    () =>
      columns.flatMap((column) => {
        const field = fieldOf(resource, column.name);
        return field ? [{ ...column, field }] : [];
      }),
    [columns, resource],
  );
  const template = wide ? `${CHECK}px ${shown.map(({ width }) => `${width}px`).join(" ")} minmax(0, 1fr)` : `${CHECK}px minmax(0, 1fr)`;
  const width = CHECK + shown.reduce((sum, column) => sum + column.width, 0);
  const style = { "--columns": template, "--width": wide ? `${width}px` : "100%" } as CSSProperties;

  useEffect(() => {
    if (active >= 0) rows.scrollToIndex(active);
  }, [active, rows]);
  const focusRow = useCallback((index: number, field = "") => {
    // The row may come into the page with the scrolling only.
    requestAnimationFrame(() => {
      const row = scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"]`);
      (row?.querySelector<HTMLElement>(`[data-field="${field}"]`) ?? row)?.focus({ preventScroll: true });
    });
  }, []);

  function move(event: KeyboardEvent) {
    const target = event.target as HTMLElement;
    const inCell = target.matches("[data-field]");
    if (!inCell && !target.matches("[data-index], .grid-scroller")) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      event.preventDefault();
      return sideways(target, event.key === "ArrowRight");
    }
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 400) / ROW) - 2);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1, PageDown: page, PageUp: -page };
    let next = active;
    if (event.key in steps) next = active + (steps[event.key] ?? 0);
    else if (event.key === "Home") next = 0;
    else if (event.key === "End") next = known - 1;
    else return;
    event.preventDefault();
    next = Math.max(0, Math.min(known - 1, next));
    onActive(next);
    focusRow(next, target.dataset.field);
  }

  /** Goes from the row into its values and back. */
  function sideways(from: HTMLElement, right: boolean) {
    const row = from.closest<HTMLElement>("[data-index]");
    const cells = [...(row?.querySelectorAll<HTMLElement>("[data-field]") ?? [])];
    const at = cells.indexOf(from) + (right ? 1 : -1);
    (cells[Math.min(at, cells.length - 1)] ?? row)?.focus();
  }

  const every = records.length > 0 && records.every((record) => selected.has(record.id));
  return (
    // The rows take the keys; the grid hears them on their way up.
    <div
      ref={scroller}
      className="grid-scroller"
      role="grid"
      tabIndex={records.length === 0 ? 0 : -1}
      aria-busy={pending}
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
              onChange={(event) => onSelect(records, event.target.checked)}
            />
          </div>
          {wide && <Heads resource={resource} columns={columns} shown={shown} order={order} onSort={onSort} onColumns={onColumns} />}
          {!wide && (
            <div className="grid-cell" role="columnheader">
              {fieldLabel(resource.name, shown[0]?.name ?? "name")}
            </div>
          )}
        </div>
      </div>
      <div className="grid-body" role="rowgroup" style={{ height: rows.getTotalSize() }}>
        {items.map((item) => {
          const record = records[item.index - from];
          if (!record) return <Hint key={item.index} top={item.start} height={item.size} cells={wide ? shown.length : 1} />;
          return (
            <Row
              key={record.id}
              resource={resource}
              record={record}
              index={item.index}
              top={item.start}
              height={item.size}
              shown={shown}
              wide={wide}
              isActive={item.index === active}
              isSelected={selected.has(record.id)}
              focusable={item.index === Math.max(0, active)}
              onActive={onActive}
              onSelect={onSelect}
              onOpen={props.onOpen}
              onMenu={props.onMenu}
              onSave={props.onSave}
              mayEdit={props.mayEdit}
            />
          );
        })}
      </div>
    </div>
  );
}

/** Where a record will be that is on its way. */
function Hint({ top, height, cells }: { top: number; height: number; cells: number }) {
  return (
    <div role="row" aria-busy className="grid-row" style={{ transform: `translateY(${top}px)`, height }}>
      {Array.from({ length: cells + 1 }, (_, at) => (
        <div key={at} role="gridcell" className="grid-cell">
          <span className="bone" />
        </div>
      ))}
    </div>
  );
}

interface RowProps extends Pick<GridProps, "resource" | "wide" | "onActive" | "onSelect" | "onOpen" | "onMenu" | "onSave" | "mayEdit"> {
  record: Data;
  index: number;
  top: number;
  height: number;
  shown: (Column & { field: Field })[];
  isActive: boolean;
  isSelected: boolean;
  focusable: boolean;
}

/** One record. Scrolling leaves those alone that stay in sight. */
const Row = memo(function Row({ resource, record, index, top, height, shown, wide, isActive, isSelected, focusable, ...props }: RowProps) {
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
          onChange={(event) => onSelect([record], event.target.checked)}
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
});

function Card({ resource, record, shown }: Pick<RowProps, "resource" | "record" | "shown">) {
  const rest = shown.slice(1, 4);
  return (
    <div className="grid-cell card" role="gridcell">
      <span className="card-title">{resource.title(record)}</span>
      <span className="card-rest">
        {rest.map(({ name, field }) => {
          const { Show, empty } = kindOf(field);
          return (
            <span key={name}>
              <Show value={record[name] ?? empty} field={field} resource={resource.name} record={record} />
            </span>
          );
        })}
      </span>
    </div>
  );
}
