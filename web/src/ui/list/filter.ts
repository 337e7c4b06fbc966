import { beginningOf, dayAfter, isDay, readersZone } from "../days";
import type { Field, Operator } from "../field";
import { kindOf } from "../kinds";
import type { Resource } from "../resource";

/** One condition of a list. */
export interface Filter {
  field: string;
  operator: Operator;
  /** The alternatives; `me` stands for whoever looks at the list. */
  values: string[];
}

/** Stands for whoever looks at the list. */
export const MYSELF = "me";

const DAY = 86_400_000;

/** The moment that a word stands for, in which saved views stay true. */
function moment(word: string): string {
  const midnight = new Date().setHours(0, 0, 0, 0);
  if (word === "now") return new Date().toISOString();
  if (word === "today") return new Date(midnight).toISOString();
  // Half a day more meets the next midnight also where clocks are changed.
  if (word === "tomorrow") return new Date(new Date(midnight + 1.5 * DAY).setHours(0, 0, 0, 0)).toISOString();
  return word;
}

/** The words that stand for moments. */
export const MOMENTS = ["now", "today", "tomorrow"] as const;

const escaped = (value: string) => value.replace(/[\\|]/g, "\\$&");

/** Writes a condition as the API reads it. */
export function formatFilter({ field, operator, values }: Filter): string {
  if (operator === "empty") return `${field}=`;
  if (operator === "filled") return `${field}!=`;
  return `${field}${operator}${values.map(escaped).join("|")}`;
}

/** The conditions but one. */
export function without(filters: readonly Filter[], gone: Filter): Filter[] {
  const text = formatFilter(gone);
  return filters.filter((filter) => formatFilter(filter) !== text);
}

/** Reads a condition; `undefined` if it is none. */
export function parseFilter(text: string): Filter | undefined {
  const match = /^([a-z0-9_.]+)\s*(!=|>=|<=|<|=|~)\s*(.*)$/is.exec(text);
  if (!match) return undefined;
  const [, field = "", operator = "", rest = ""] = match;
  if (rest === "" && (operator === "=" || operator === "!=")) {
    return { field, operator: operator === "=" ? "empty" : "filled", values: [] };
  }
  const values = [""];
  for (let at = 0; at < rest.length; at += 1) {
    const character = rest[at] === "\\" ? (rest[(at += 1)] ?? "") : rest[at] === "|" ? undefined : rest[at];
    if (character === undefined) values.push("");
    else values[values.length - 1] += character;
  }
  return { field, operator: operator as Operator, values };
}

/** Whether a condition compares moments with a whole day; the API names fields of moments alike. */
export function isOfDay({ field, operator, values }: Filter): boolean {
  return field.endsWith("_time") && [">=", "<=", "<"].includes(operator) && values.length === 1 && isDay(values[0] ?? "");
}

/** A condition on a day as one on moments: the API takes a day for its first moment in UTC. */
function ofMoments(filter: Filter, zone: string): Filter {
  const [day = ""] = filter.values;
  if (filter.operator === "<=") return { ...filter, operator: "<", values: [beginningOf(dayAfter(day), zone)] };
  return { ...filter, values: [beginningOf(day, zone)] };
}

/** A condition in the words of the API: with the id of whoever looks, and with days where he or she is. */
export function requested(filter: Filter, userId: string, zone = readersZone()): string {
  if (isOfDay(filter)) return formatFilter(ofMoments(filter, zone));
  const timed = [">=", "<=", "<"].includes(filter.operator);
  return formatFilter({ ...filter, values: filter.values.map((value) => (value === MYSELF ? userId : timed ? moment(value) : value)) });
}

const PARTS = ["city", "state", "country"];

/** What lists of a kind of record can be filtered by; an address by its parts. */
export function filterFields(resource: Resource, sees: (field: string) => boolean): Field[] {
  return resource.fields
    .filter((field) => sees(field.name))
    .flatMap((field): Field[] =>
      field.kind === "address"
        ? PARTS.map((part) => ({ name: `${field.name}.${part}`, kind: "text", operators: ["=", "!="] }))
        : [field],
    )
    .filter((field) => operatorsOf(field).length > 0);
}

/** What can be asked of a field. */
export function operatorsOf(field: Field): readonly Operator[] {
  return field.operators ?? kindOf(field).operators;
}

/** Whether a condition has what it needs. */
export function isComplete({ operator, values }: Filter): boolean {
  return operator === "empty" || operator === "filled" || (values.length > 0 && values.every((value) => value !== ""));
}
