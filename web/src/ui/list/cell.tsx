import { Suspense, useEffect, useRef, useState, type KeyboardEvent } from "react";
import { Link } from "react-router";
import type { Data } from "../../api/records";
import { useT } from "../../i18n";
import { fieldLabel, type Field } from "../field";
import { cleaned, kindOf, valueOf } from "../kinds";
import type { Resource } from "../resource";

interface Props {
  resource: Resource;
  record: Data;
  field: Field;
  editable: boolean;
  onOpen: (record: Data) => void;
  onSave?: (record: Data, field: Field, value: unknown) => Promise<void>;
}

/** Kinds whose value is chosen, so that choosing is all there is to do. */
const CHOSEN: unknown[] = ["choice", "user", "department", "currency"];

/** One value of a list; double-clicked, or with F2 on its row, it can be changed where it stands. */
export function Cell({ resource, record, field, editable, onOpen, onSave }: Props) {
  const t = useT();
  const [draft, setDraft] = useState<{ value: unknown } | null>(null);
  const cell = useRef<HTMLDivElement>(null);
  const leaving = useRef(false);
  useEffect(() => {
    // Whoever ends the change by a key goes on from here.
    if (!draft && leaving.current) cell.current?.focus({ preventScroll: true });
    leaving.current = false;
  }, [draft]);
  const { Show, Edit, align, fault } = kindOf(field);
  const value = valueOf(record, field);
  const isTitle = resource.fields[0] === field;

  async function save(next: unknown) {
    setDraft(null);
    if (fault?.(next, field, t, record)) return;
    const clean = cleaned(field, next);
    if (JSON.stringify(clean) !== JSON.stringify(value)) await onSave?.(record, field, clean);
  }

  function keys(event: KeyboardEvent) {
    event.stopPropagation();
    leaving.current = event.key === "Escape" || event.key === "Enter";
    if (event.key === "Escape") setDraft(null);
    if (event.key === "Enter" && draft && !CHOSEN.includes(field.kind)) void save(draft.value);
  }

  if (draft) {
    return (
      // Keys of the editor are its own: they do not move through the list.
      // eslint-disable-next-line jsx-a11y/interactive-supports-focus
      <div
        className="grid-cell cell-editor"
        role="gridcell"
        onKeyDown={keys}
        onBlur={(event) => {
          if (!event.currentTarget.contains(event.relatedTarget)) void save(draft.value);
        }}
      >
        <Suspense>
          <Edit
            value={draft.value}
            onChange={(next) => (CHOSEN.includes(field.kind) ? void save(next) : setDraft({ value: next }))}
            field={field}
            resource={resource.name}
            siblings={record}
            autoFocus
            aria-label={fieldLabel(resource.name, field.name)}
          />
        </Suspense>
      </div>
    );
  }
  const shown = <Show value={value} field={field} resource={resource.name} record={record} />;
  return (
    // F2 on it, or on its row, does what a double click does.
    <div
      ref={cell}
      className={`grid-cell ${align === "end" ? "end" : ""} ${editable ? "editable" : ""}`}
      role="gridcell"
      tabIndex={-1}
      data-field={field.name}
      onDoubleClick={editable ? () => setDraft({ value }) : undefined}
    >
      {isTitle && resource.paged ? (
        <Link
          className="title-link"
          tabIndex={-1}
          to={`${resource.path}/${record.id}`}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            onOpen(record);
          }}
        >
          {resource.title(record)}
        </Link>
      ) : isTitle ? (
        <button type="button" className="title-link" tabIndex={-1} onClick={() => onOpen(record)}>
          {resource.title(record)}
        </button>
      ) : (
        shown
      )}
    </div>
  );
}
