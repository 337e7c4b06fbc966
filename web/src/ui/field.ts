import { textOf } from "../i18n";
import type { KindName } from "./kinds";
import type { Kind } from "./kinds/kind";
import type { Tone } from "./mark";

/** What a filter can ask of a field. */
export type Operator = "=" | "!=" | "~" | ">=" | "<=" | "<" | "empty" | "filled";

/** One field of a kind of record: how it is shown, typed, found and sorted. */
export interface Field {
  /** The name in the API, in texts and in field rules. */
  name: string;
  kind: KindName | Kind<unknown>;
  /** The heading under which forms and pages show it. */
  group?: string;
  required?: boolean;
  readOnly?: boolean;
  /** Whether it stays as it was when the record was made. */
  fixed?: boolean;
  /** Whether lists can be sorted by it. */
  sorted?: boolean;
  /** What lists can be filtered by: what its kind allows unless given; nothing for none. */
  operators?: readonly Operator[];
  /** Whether it can be changed in the list. */
  inline?: boolean;
  /** Whether many records can be given one value. */
  bulk?: boolean;
  /** Whether it is among the few fields of a new record. */
  quick?: boolean;
  /** Whether lists show it at first. */
  shown?: boolean;
  /** Its width in lists, in pixels. */
  width?: number;
  /** The values of a choice. */
  values?: readonly string[];
  /** The colours of those values that should be seen at a glance. */
  tones?: Readonly<Record<string, Tone>>;
  /** The kind of record that a reference leads to. */
  resource?: string;
  /** The field that holds the currency of an amount. */
  currency?: string;
  /** How many characters fit. */
  most?: number;
}

/** The name of a field in the current language. */
export function fieldLabel(resource: string, name: string): string {
  const [service = "", kind = ""] = resource.split(".");
  const path = name.split(".");
  const own = textOf(`${service}.fields.${kind}.${path[0]}`) ?? textOf(`ui.fields.${path[0]}`) ?? name;
  return path[1] ? `${own} · ${textOf(`ui.parts.${path[1]}`) ?? path[1]}` : own;
}

/** What is worth knowing while one types into a field. */
export function fieldHint(resource: string, field: Field): string | undefined {
  const [service = "", kind = ""] = resource.split(".");
  return textOf(`${service}.hints.${kind}.${field.name}`) ?? (typeof field.kind === "string" ? textOf(`ui.hints.${field.kind}`) : undefined);
}

/** The name of one value of a choice; empty for the one that says nothing. */
export function valueLabel(resource: string, value: string): string {
  if (!value || value.endsWith("_UNSPECIFIED")) return "";
  return textOf(`${resource.split(".")[0]}.values.${value}`) ?? value;
}

/** The name of a kind of record. */
export function kindLabel(resource: string, form: "one" | "many" = "one"): string {
  const [service = "", kind = ""] = resource.split(".");
  return textOf(`${service}.kinds.${kind}.${form}`) ?? resource;
}

/** The name of a group of fields. */
export function groupLabel(resource: string, group: string): string {
  return textOf(`${resource.split(".")[0]}.groups.${group}`) ?? textOf(`ui.groups.${group}`) ?? group;
}

