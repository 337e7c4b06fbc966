import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { departmentTree, useDepartments, type DepartmentNode } from "../../api/departments";
import { useCan, useMe, useOrganization } from "../../api/me";
import { formatFilter, MYSELF } from "../../ui/list/filter";
import { createdIn } from "./created";
import { daysOf, monthsOf, PERIODS, type Months, type Period } from "./period";

/** What the dashboard is about; its address holds it. */
export interface Choice {
  period: Period | "own";
  months: Months;
  pipeline: string;
  department: string;
  mine: boolean;
}

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

/** What the dashboard is about and how to change it. */
export function useChoice(): [Choice, (patch: Partial<Choice>) => void] {
  const [parameters, setParameters] = useSearchParams();
  const choice = useMemo<Choice>(() => {
    const [start, end] = [parameters.get("from") ?? "", parameters.get("to") ?? ""];
    const own = MONTH.test(start) && MONTH.test(end) && start <= end;
    const period = PERIODS.find((one) => one === parameters.get("period")) ?? "twelve";
    return {
      period: own ? "own" : period,
      months: own ? { start, end } : monthsOf(period),
      pipeline: parameters.get("pipeline") ?? "",
      department: parameters.get("department") ?? "",
      mine: parameters.has("mine"),
    };
  }, [parameters]);
  const change = useCallback(
    (patch: Partial<Choice>) => {
      const next = { ...choice, ...patch };
      const own = next.period === "own";
      const said = {
        period: own || next.period === "twelve" ? "" : next.period,
        from: own ? next.months.start : "",
        to: own ? next.months.end : "",
        pipeline: next.pipeline,
        department: next.department,
        mine: next.mine ? "1" : "",
      };
      setParameters(new URLSearchParams(Object.entries(said).filter(([, value]) => value !== "")), { replace: true });
    },
    [choice, setParameters],
  );
  return [choice, change];
}

/** Who and what a report is about, in the words of the API. */
export interface Subject {
  pipeline_id?: string;
  department_id?: string;
  owner_id?: string;
}

export function useSubject({ pipeline, department, mine }: Choice): Subject {
  const { user } = useMe();
  return useMemo(
    () => ({ pipeline_id: pipeline || undefined, department_id: department || undefined, owner_id: mine ? user.id : undefined }),
    [pipeline, department, mine, user.id],
  );
}

const below = (node: DepartmentNode): string[] => [node.value, ...node.children.flatMap(below)];

function find(nodes: DepartmentNode[], id: string): DepartmentNode | undefined {
  for (const node of nodes) {
    const found = node.value === id ? node : find(node.children, id);
    if (found) return found;
  }
  return undefined;
}

/** Makes the address of the list with the records behind a number. */
export type LinkTo = (filters: string[], kind?: "opportunities" | "leads") => string;

/** Leads to the records behind what the dashboard shows: those of the same people, and of the same pipeline. */
export function useLinks({ pipeline, department, mine, months }: Choice) {
  const can = useCan();
  const { data: departments } = useDepartments(can.do("identity.department.read"));
  const zone = useOrganization().data?.time_zone;
  return useMemo(() => {
    const node = department && departments ? find(departmentTree(departments), department) : undefined;
    const people = [
      ...(mine ? [`owner_id=${MYSELF}`] : []),
      ...(department ? [formatFilter({ field: "department_id", operator: "=", values: node ? below(node) : [department] })] : []),
    ];
    const link: LinkTo = (filters, kind = "opportunities") => {
      const parameters = new URLSearchParams();
      const all = [...filters, ...people, ...(pipeline && kind === "opportunities" ? [`pipeline_id=${pipeline}`] : [])];
      all.forEach((filter) => parameters.append("f", filter));
      return `/sales/${kind}?${parameters.toString()}`;
    };
    const { first, last } = daysOf(months);
    return {
      link,
      closed: [`close_date>=${first}`, `close_date<=${last}`],
      createdIn: (asked: Months) => createdIn(asked, zone),
    };
  }, [pipeline, department, departments, mine, months, zone]);
}
