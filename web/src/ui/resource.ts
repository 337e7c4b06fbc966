import type { ComponentType, ReactNode } from "react";
import type { Collection, Data } from "../api/records";
import type { Field } from "./field";

/** A kind of record: all that lists, forms and pages need to know about it. */
export interface Resource {
  /** As permissions, field rules and histories call it, for example `customers.account`. */
  name: string;
  /** Where its list is; a record's page is below it. */
  path: string;
  api: Collection;
  fields: readonly Field[];
  icon: ReactNode;
  /** What tells a record from others. */
  title: (record: Data) => string;
  subtitle?: (record: Data) => string;
  /** Whether lists can be asked for words. */
  searched?: boolean;
  /** Whether records can be deleted. */
  removed?: boolean;
  /** Whether a deleted record can be brought back. */
  restored?: boolean;
  /** Whether each record has a page of its own. */
  paged?: boolean;
  /** Whether the API cannot tell how many there are. */
  uncounted?: boolean;
  /** What is worth knowing while the fields of a record are filled in. */
  Advice?: ComponentType<{ values: Record<string, unknown>; record?: Data }>;
}

/** The field of a name. */
export function fieldOf(resource: Resource, name: string): Field | undefined {
  return resource.fields.find((field) => field.name === name);
}
