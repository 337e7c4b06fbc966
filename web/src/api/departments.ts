import { useQuery } from "@tanstack/react-query";
import { answer, client, type Schemas } from "./client";

export type Department = Schemas["identity.Department"] & { id: string };
export type Role = Schemas["identity.Role"] & { id: string };

export const DEPARTMENTS = ["departments"] as const;
export const ROLES = ["roles"] as const;

/** All pages of something of which there are few. */
async function all<T>(page: (token: string) => Promise<{ items: T[]; next: string }>): Promise<T[]> {
  const items: T[] = [];
  for (let token = ""; ; ) {
    const answered = await page(token);
    items.push(...answered.items);
    token = answered.next;
    if (!token) return items;
  }
}

/** Every department of the organization. */
export function useDepartments(enabled = true) {
  return useQuery({
    queryKey: DEPARTMENTS,
    enabled,
    staleTime: 60_000,
    queryFn: () =>
      all(async (page_token) => {
        const query = { page_size: 200, order_by: "name", page_token };
        const page = await answer(client.GET("/v1/departments", { params: { query } }));
        return { items: (page.departments ?? []) as Department[], next: page.next_page_token ?? "" };
      }),
  });
}

/** Every role of the organization. */
export function useRoles(enabled = true) {
  return useQuery({
    queryKey: ROLES,
    enabled,
    staleTime: 60_000,
    queryFn: () =>
      all(async (page_token) => {
        const query = { page_size: 200, order_by: "name", page_token };
        const page = await answer(client.GET("/v1/roles", { params: { query } }));
        return { items: (page.roles ?? []) as Role[], next: page.next_page_token ?? "" };
      }),
  });
}

export interface DepartmentNode {
  value: string;
  title: string;
  department: Department;
  children: DepartmentNode[];
}

/** Departments below those that they stand below. */
export function departmentTree(departments: Department[]): DepartmentNode[] {
  const nodes = new Map(
    departments.map((department) => [
      department.id,
      { value: department.id, title: department.name ?? "", department, children: [] as DepartmentNode[] },
    ]),
  );
  const tops: DepartmentNode[] = [];
  for (const node of nodes.values()) {
    (nodes.get(node.department.parent_id ?? "")?.children ?? tops).push(node);
  }
  return tops;
}
