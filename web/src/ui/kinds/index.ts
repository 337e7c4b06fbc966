import type { Data } from "../../api/records";
import type { Field } from "../field";
import { address } from "./address";
import { boolean, choice, tags } from "./choice";
import type { Kind } from "./kind";
import { emails, filledPoints, phones } from "./points";
import { department, memberships, reference, roles, user } from "./references";
import { currency, email, integer, longText, money, sensitive, text, website } from "./text";
import { date, moment, time } from "./time";

const kinds = {
  address,
  boolean,
  choice,
  currency,
  date,
  department,
  email,
  emails,
  integer,
  longText,
  memberships,
  moment,
  money,
  phones,
  reference,
  roles,
  sensitive,
  tags,
  text,
  time,
  user,
  website,
};

/** The names of the kinds of values. */
export type KindName = keyof typeof kinds;

/** The kind of a field's values. The value of a field is of its kind: that is what the descriptions of records say. */
export function kindOf(field: Field): Kind<unknown> {
  return typeof field.kind === "string" ? (kinds[field.kind] as unknown as Kind<unknown>) : field.kind;
}

/** What a form sends of a field: lines that were left empty are left out. */
export function cleaned(field: Field, value: unknown): unknown {
  if (field.kind === "phones") return filledPoints(value, "number");
  if (field.kind === "emails") return filledPoints(value, "address");
  if (field.kind === "memberships" && Array.isArray(value)) {
    return value
      .filter((one: { account_id?: string }) => one.account_id)
      .map(({ account_id, role, inactive }) => ({ account_id, role: role ?? "", inactive: inactive ?? false }));
  }
  const { clean, empty } = kindOf(field);
  return clean ? clean(value ?? empty) : (value ?? empty);
}

/** The value of a field of a record; the kind's empty one if it has none. */
export function valueOf(record: Data, field: Field): unknown {
  return record[field.name] ?? kindOf(field).empty;
}

export { isEmpty } from "./kind";
