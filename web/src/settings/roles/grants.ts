import { covers, scopeOf, type Grant, type Scope } from "../../api/permissions";

/** How far a grant can reach, from the nearest. */
export const SCOPES: Scope[] = ["SCOPE_OWN", "SCOPE_DEPARTMENT", "SCOPE_SUBTREE", "SCOPE_ALL"];

const rank = (scope: Scope | undefined) => SCOPES.indexOf(scope ?? "SCOPE_UNSPECIFIED");

/** Gives a permission exactly one scope, or takes it. A pattern that reaches further is spelled out for the others. */
export function withScope(grants: Grant[], permission: string, scope: Scope | undefined, all: readonly string[]): Grant[] {
  const rights = { grants, fieldRules: [] };
  const patterns = grants.filter((grant) => grant.permission !== permission && covers(grant.permission ?? "", permission));
  const byPattern = scopeOf({ ...rights, grants: patterns }, permission);
  const others = grants.filter((grant) => grant.permission !== permission);
  if (byPattern === scope) return others;
  if (rank(scope) > rank(byPattern)) return [...others, { permission, scope }];
  const spelled = new Map<string, Grant>();
  for (const grant of others) {
    const names = patterns.includes(grant)
      ? all.filter((one) => one !== permission && covers(grant.permission ?? "", one))
      : [grant.permission ?? ""];
    for (const name of names) {
      const known = spelled.get(name);
      if (!known || rank(grant.scope) > rank(known.scope)) spelled.set(name, { permission: name, scope: grant.scope });
    }
  }
  return [...spelled.values(), ...(scope ? [{ permission, scope }] : [])];
}

/** The patterns among grants: they stand for several permissions, also for those that are still to come. */
export function patternsOf(grants: Grant[]): Grant[] {
  return grants.filter((grant) => grant.permission?.includes("*"));
}

/** The permissions of one kind of record. */
export interface Row {
  resource: string;
  verbs: string[];
}

const ORDER = ["read", "create", "update", "delete"];

/** Permissions in rows by what they are about, the verbs that most have first. */
export function rowsOf(permissions: readonly string[]): Row[] {
  const rows = new Map<string, string[]>();
  for (const permission of permissions) {
    const end = permission.lastIndexOf(".");
    const resource = permission.slice(0, end);
    rows.set(resource, [...(rows.get(resource) ?? []), permission.slice(end + 1)]);
  }
  const place = (verb: string) => (ORDER.includes(verb) ? ORDER.indexOf(verb) : ORDER.length);
  return [...rows].map(([resource, verbs]) => ({ resource, verbs: verbs.sort((a, b) => place(a) - place(b)) }));
}
