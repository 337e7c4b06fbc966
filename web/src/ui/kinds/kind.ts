import type { ComponentType } from "react";
import type { Data } from "../../api/records";
import type { Translate } from "../../i18n";
import type { Field, Operator } from "../field";

/** What a component that shows a value is given. */
export interface ShowProps<V> {
  value: V;
  field: Field;
  /** The name of the kind of record that has the field. */
  resource: string;
  record: Data;
  /** Whether there is room for all of it, unlike in a list. */
  full?: boolean;
}

/** What a component by which a value is typed is given; a form's item adds value and change. */
export interface EditProps<V> {
  value?: V;
  onChange?: (value: V) => void;
  onBlur?: () => void;
  id?: string;
  field: Field;
  resource: string;
  disabled?: boolean;
  autoFocus?: boolean;
  "aria-label"?: string;
  "aria-required"?: "true" | "false";
  "aria-invalid"?: "true" | "false";
  "aria-describedby"?: string;
  /** The values of the other fields, by name. */
  siblings: Record<string, unknown>;
}

/** Names that a plain text of a value may need. */
export interface Names {
  of: (resource: string, id: string) => string;
}

/** A kind of value: how it is shown, typed and compared. */
export interface Kind<V> {
  Show: ComponentType<ShowProps<V>>;
  Edit: ComponentType<EditProps<V>>;
  /** The value as one line of plain text, for files. */
  text: (value: V, field: Field, resource: string, record: Data, names: Names) => string;
  /** What the value is when there is none. */
  empty: V;
  operators: readonly Operator[];
  /** How wide a column of it is at first. */
  width: number;
  align?: "end";
  /** Whether pages and forms give it a whole line. */
  wide?: boolean;
  /** What of the value is sent: not what only the service says. */
  clean?: (value: V) => unknown;
  /** What is wrong with what is typed, as far as can be told here. */
  fault?: (value: V, field: Field, t: Translate, siblings: Record<string, unknown>) => string | undefined;
}

/** A kind of value that belongs to one domain; a field names it itself. */
export function ownKind<V>(kind: Kind<V>): Kind<unknown> {
  return kind as unknown as Kind<unknown>;
}

const CONTROL = ["id", "disabled", "autoFocus", "onBlur", "aria-label", "aria-required", "aria-invalid", "aria-describedby"] as const;

/** Of what such a component is given, that which belongs to the control in it. */
export function control<V>(props: EditProps<V>): Pick<EditProps<V>, (typeof CONTROL)[number]> {
  return Object.fromEntries(CONTROL.flatMap((name) => (props[name] === undefined ? [] : [[name, props[name]]])));
}

/** Whether a value says nothing. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === 0 || value === "0" || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === "object") return Object.values(value).every(isEmpty);
  return typeof value === "string" && value.endsWith("_UNSPECIFIED");
}
