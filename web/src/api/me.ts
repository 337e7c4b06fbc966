import { useQuery, type QueryClient } from "@tanstack/react-query";
import { createContext, useContext, useMemo } from "react";
import { forgetAhead } from "./ahead";
import { answer, client, type Schemas } from "./client";
import { fieldAccess, reaches, scopeOf, type Rights } from "./permissions";
import { Problem } from "./problem";
import type { Data } from "./records";

export type User = Schemas["identity.User"] & { id: string };

/** Who looks at the app, and what he or she may do. */
export interface Me extends Rights {
  user: User;
  passwordChangeRequired: boolean;
  secondFactor: boolean;
}

export const ME = ["me"] as const;

/** Asks who is signed in; `null` when nobody is. */
export async function fetchMe(): Promise<Me | null> {
  try {
    const me = await answer(client.GET("/v1/me"));
    return {
      user: { ...me.user, id: me.user?.id ?? "", display_name: me.user?.display_name ?? "" },
      grants: me.grants ?? [],
      fieldRules: me.field_rules ?? [],
      passwordChangeRequired: me.password_change_required ?? false,
      secondFactor: me.second_factor ?? false,
    };
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return null;
    throw error;
  }
}

/** Who is signed in; `null` when nobody is. Roles can change at any time, so it is asked again and again. */
export function useMeQuery() {
  return useQuery({ queryKey: ME, queryFn: fetchMe, staleTime: 15_000, refetchInterval: 60_000, retry: 2 });
}

/** Forgets everything that was loaded for whoever was signed in. */
export function forgetEverything(queries: QueryClient) {
  forgetAhead();
  queries.removeQueries({ predicate: (query) => query.queryKey[0] !== ME[0] });
  queries.setQueryData(ME, null);
}

export const MeContext = createContext<Me | null>(null);

/** Who is signed in; only inside of the pages for which one has to be. */
export function useMe(): Me {
  const me = useContext(MeContext);
  if (!me) throw new Error("useMe is for pages of somebody who is signed in");
  return me;
}

/** What whoever is signed in may do. */
export function useCan() {
  const me = useMe();
  return useMemo(
    () => ({
      do: (permission: string) => scopeOf(me, permission) !== undefined,
      doTo: (permission: string, record: Data) => reaches(me, permission, record, me.user),
      see: (resource: string, field: string) => fieldAccess(me, resource, field) !== "hidden",
      write: (resource: string, field: string) => fieldAccess(me, resource, field) === "write",
    }),
    [me],
  );
}

/** The organization of whoever is signed in. */
export function useOrganization() {
  return useQuery({
    queryKey: ["organization"],
    queryFn: () => answer(client.GET("/v1/organization")),
    staleTime: 300_000,
  });
}
