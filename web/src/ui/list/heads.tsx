import { useRef, useState, type PointerEvent } from "react";
import { fieldLabel, type Field } from "../field";
import { CaretDownFilled, CaretUpFilled } from "../icons";
import { kindOf } from "../kinds";
import type { Resource } from "../resource";
import { NARROWEST } from "./columns";
import type { Column } from "./saved";

interface Props {
  resource: Resource;
  columns: Column[];
  /** Those of the columns that there are fields for. */
  shown: (Column & { field: Field })[];
  order: string;
  /** Asks for the next order by a field. */
  onSort: (field: Field) => void;
  onColumns: (columns: Column[]) => void;
}

/** A head that is being dragged, and before which one it would be put; at the end without one. */
interface Drag {
  name: string;
  before?: string;
}

/** So far a pointer moves before it drags, in pixels. */
const STILL = 6;

/** The columns in another order: one of them before another or at the end. */
export function movedBefore(columns: Column[], name: string, before: string | undefined): Column[] {
  const moved = columns.find((column) => column.name === name);
  if (!moved || before === name) return columns;
  const rest = columns.filter((column) => column !== moved);
  const at = rest.findIndex((column) => column.name === before);
  return at < 0 ? [...rest, moved] : [...rest.slice(0, at), moved, ...rest.slice(at)];
}

/** The heads of the columns: pressed to sort, dragged to put in order, drawn at their edges to widen. */
export function Heads({ resource, columns, shown, order, onSort, onColumns }: Props) {
  const pressed = useRef<{ name: string; x: number } | null>(null);
  const [drag, setDrag] = useState<Drag | null>(null);

  function press(event: PointerEvent<HTMLElement>, name: string) {
    // A finger scrolls; the chooser of the columns orders them for it, and for keys.
    if (event.button === 0 && event.pointerType !== "touch") pressed.current = { name, x: event.clientX };
  }
  function move(event: PointerEvent<HTMLElement>) {
    const { current } = pressed;
    if (!current || (!drag && Math.abs(event.clientX - current.x) < STILL)) return;
    // What has the pointer also has the click at the end, so that nothing is sorted.
    event.currentTarget.setPointerCapture(event.pointerId);
    const heads = [...(event.currentTarget.parentElement?.querySelectorAll<HTMLElement>("[data-column]") ?? [])];
    const next = heads.find((head) => {
      const { left, width } = head.getBoundingClientRect();
      return event.clientX < left + width / 2;
    });
    setDrag({ name: current.name, before: next?.dataset.column });
  }
  function release() {
    if (drag) onColumns(movedBefore(columns, drag.name, drag.before));
    cancel();
  }
  function cancel() {
    pressed.current = null;
    setDrag(null);
  }

  const last = shown.at(-1)?.name;
  return shown.map(({ name, field, width }) => {
    const dropped = drag && (drag.before === name ? "drop-before" : !drag.before && name === last ? "drop-after" : "");
    return (
      <div
        key={name}
        className={`grid-cell head ${kindOf(field).align === "end" ? "end" : ""} ${drag?.name === name ? "dragged" : ""} ${dropped ?? ""}`}
        role="columnheader"
        data-column={name}
        aria-sort={sorting(field, order)}
        onPointerDown={(event) => press(event, name)}
        onPointerMove={move}
        onPointerUp={release}
        onPointerCancel={cancel}
      >
        <Name resource={resource} field={field} order={order} onSort={onSort} />
        <Edge
          width={width}
          onWidth={(next) => onColumns(columns.map((one) => (one.name === name ? { ...one, width: Math.max(NARROWEST, next) } : one)))}
        />
      </div>
    );
  });
}

/** How the list is sorted by a field that it can be sorted by. */
function sorting(field: Field, order: string): "ascending" | "descending" | "none" | undefined {
  const [ordered, direction] = order.split(" ");
  if (!field.sorted) return undefined;
  if (ordered !== field.name) return "none";
  return direction === "desc" ? "descending" : "ascending";
}

/** The order that follows when a field's head is pressed: ascending, descending, none. */
export function nextOrder(field: Field, order: string): string {
  const sorted = sorting(field, order);
  return sorted ? { none: field.name, ascending: `${field.name} desc`, descending: "" }[sorted] : order;
}

function Name({ resource, field, order, onSort }: Pick<Props, "resource" | "order" | "onSort"> & { field: Field }) {
  const label = fieldLabel(resource.name, field.name);
  const sorted = sorting(field, order);
  if (!sorted) return <span className="sort">{label}</span>;
  return (
    <button type="button" className="sort" onClick={() => onSort(field)}>
      {label}
      {sorted === "ascending" && <CaretUpFilled />}
      {sorted === "descending" && <CaretDownFilled />}
    </button>
  );
}

/** The edge by which a column is widened. */
function Edge({ width, onWidth }: { width: number; onWidth: (width: number) => void }) {
  const drag = useRef<{ x: number; width: number } | null>(null);
  return (
    <span
      className="resize"
      aria-hidden
      onPointerDown={(event) => {
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = { x: event.clientX, width };
      }}
      onPointerMove={(event) => drag.current && onWidth(drag.current.width + event.clientX - drag.current.x)}
      onPointerUp={() => (drag.current = null)}
    />
  );
}
