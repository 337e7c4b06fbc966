import type { Schemas } from "../../api/client";
import { kindOf } from "../kinds";
import { fieldOf, type Resource } from "../resource";
import { formatFilter, parseFilter, type Filter } from "./filter";

/** A column of a list, from left to right. */
export interface Column {
  name: string;
  width: number;
}

/** What a list shows: everything but the records. */
export interface ListState {
  query: string;
  filters: Filter[];
  order: string;
  deleted: boolean;
}

/** What is kept of a list under a name. */
export interface Kept extends ListState {
  name: string;
  columns: Column[];
}

/** A view as whoever is signed in sees it. */
export interface SavedView extends Kept {
  id: string;
  /** Whose it is. */
  userId: string;
  /** Whether everybody sees it. */
  shared: boolean;
  /** Whether the list opens with it. */
  isDefault: boolean;
}

type View = Schemas["identity.View"];

/** The columns that a list has before anybody has chosen others. */
export function initialColumns(resource: Resource): Column[] {
  return resource.fields
    .filter((field) => field.shown)
    .map((field) => ({ name: field.name, width: field.width ?? kindOf(field).width }));
}

/** Reads a view of the API. Columns that the app does not know are left out. */
export function readView(resource: Resource, view: View): SavedView {
  const columns = (view.columns ?? []).flatMap(({ name = "", width = 0 }) => {
    const field = fieldOf(resource, name);
    return field ? [{ name, width: width || (field.width ?? kindOf(field).width) }] : [];
  });
  return {
    id: view.id ?? "",
    userId: view.user_id ?? "",
    name: view.name ?? "",
    query: view.query ?? "",
    filters: (view.filter ?? []).flatMap((text) => parseFilter(text) ?? []),
    order: view.order_by ?? "",
    deleted: view.show_deleted ?? false,
    columns: columns.length > 0 ? columns : initialColumns(resource),
    shared: view.shared ?? false,
    isDefault: view.is_default ?? false,
  };
}

/** Writes what changes of a view as the API reads it. */
export function writeView({ name, query, filters, order, deleted, columns }: Partial<Kept>): Record<string, unknown> {
  const values = {
    name,
    query,
    filter: filters?.map(formatFilter),
    order_by: order,
    show_deleted: deleted,
    columns: columns?.map((column) => ({ name: column.name, width: Math.round(column.width) })),
  };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** A list without what whoever looks may not see of its records, and the fields that were left out for it. */
export function visibleOf(state: ListState, sees: (field: string) => boolean): { visible: ListState; left: string[] } {
  const [sorted = ""] = state.order.split(" ");
  const left = [...state.filters.map(({ field }) => field), ...(sorted ? [sorted] : [])].filter((field) => !sees(field));
  if (left.length === 0) return { visible: state, left };
  const visible = {
    ...state,
    filters: state.filters.filter(({ field }) => sees(field)),
    order: sees(sorted) ? state.order : "",
  };
  return { visible, left: [...new Set(left)] };
}
