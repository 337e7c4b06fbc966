import type { Schemas } from "./client";
import type { Data } from "./records";

export type Grant = Schemas["access.Grant"];
export type FieldRule = Schemas["access.FieldRule"];
export type Scope = Schemas["access.Scope"];

/** What a caller may do. */
export interface Rights {
  grants: Grant[];
  fieldRules: FieldRule[];
}

const SCOPES: Scope[] = ["SCOPE_UNSPECIFIED", "SCOPE_OWN", "SCOPE_DEPARTMENT", "SCOPE_SUBTREE", "SCOPE_ALL"];

/** Whether a pattern stands for a permission: `*` for any one part, and at the end for all that follow. */
export function covers(pattern: string, permission: string): boolean {
  const [wanted, parts] = [pattern.split("."), permission.split(".")];
  for (const [index, part] of wanted.entries()) {
    if (part === "*" && index === wanted.length - 1) return parts.length > index;
    if (parts[index] === undefined || (part !== "*" && part !== parts[index])) return false;
  }
  return wanted.length === parts.length;
}

/** How far a permission reaches, of several grants the furthest; `undefined` when it is not given. */
export function scopeOf(rights: Rights, permission: string): Scope | undefined {
  const scopes = rights.grants
    .filter((grant) => covers(grant.permission ?? "", permission))
    .map((grant) => SCOPES.indexOf(grant.scope ?? "SCOPE_UNSPECIFIED"));
  const widest = Math.max(0, ...scopes);
  return widest > 0 ? SCOPES[widest] : undefined;
}

/** How one field of a kind of record may be used. */
export function fieldAccess(rights: Rights, resource: string, field: string): "write" | "read" | "hidden" {
  const rule = rights.fieldRules.find((rule) => rule.field === `${resource}.${field.split(".")[0]}`);
  if (rule?.access === "FIELD_ACCESS_HIDDEN") return "hidden";
  return rule?.access === "FIELD_ACCESS_READ_ONLY" ? "read" : "write";
}

/** Whether a permission reaches one record, as far as can be told here; the server decides. */
export function reaches(
  rights: Rights,
  permission: string,
  record: Data,
  user: { id?: string; department_id?: string },
): boolean {
  const scope = scopeOf(rights, permission);
  if (scope === "SCOPE_OWN") return record.owner_id === undefined || record.owner_id === user.id;
  if (scope === "SCOPE_DEPARTMENT") {
    return record.owner_id === user.id || record.department_id === undefined || record.department_id === user.department_id;
  }
  return scope !== undefined;
}
