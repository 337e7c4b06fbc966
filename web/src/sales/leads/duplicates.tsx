import { useQuery } from "@tanstack/react-query";
import { Alert } from "antd";
import { useMemo } from "react";
import { answer, client, type Schemas } from "../../api/client";
import { useCan } from "../../api/me";
import type { Data } from "../../api/records";
import { textOf, useT } from "../../i18n";
import { kindLabel } from "../../ui/field";
import { Mark } from "../../ui/mark";
import { resourceNamed } from "../../ui/registry";
import { formatPercent } from "../format";
import { useSettled } from "../settled";
import "../sales.css";

export type Duplicate = Schemas["sales.Duplicate"] & { id: string; resource: string };

const COMPARED = ["name", "company", "email", "phone"] as const;

/** What may be the same as a lead, which need not exist yet. */
export function useDuplicates(lead: Record<string, unknown>, id?: string) {
  const can = useCan();
  const compared = Object.fromEntries(COMPARED.map((name) => [name, String(lead[name] ?? "").trim()]));
  const words = useSettled(JSON.stringify(compared));
  const worth = COMPARED.some((name) => (compared[name]?.length ?? 0) > 1);
  return useQuery({
    queryKey: ["duplicates", id ?? "", words],
    queryFn: async ({ signal }) => {
      const body = { lead: { ...(JSON.parse(words) as object), ...(id && { id }) } };
      const { duplicates = [] } = await answer(client.POST("/v1/leads:findDuplicates", { body, signal }));
      return duplicates as Duplicate[];
    },
    enabled: worth && can.do("sales.lead.read"),
    staleTime: 30_000,
    // Half a telephone number is none; that is no reason to say anything.
    retry: false,
    placeholderData: (before) => (worth ? before : undefined),
  });
}

/** Shows, while a lead is typed, whom one may know already. */
export function LeadAdvice({ values, record }: { values: Record<string, unknown>; record?: Data }) {
  const t = useT();
  const { data = [], error } = useDuplicates(values, record?.id);
  const shown = useMemo(() => data.slice(0, 5), [data]);
  return (
    <div aria-live="polite">
      {shown.length > 0 && !error && (
        <Alert
          type="warning"
          title={t("sales.duplicates.title")}
          description={
            <ul className="duplicates">
              {shown.map((one) => (
                <li key={`${one.resource} ${one.id}`}>
                  <DuplicateLine duplicate={one} linked />
                </li>
              ))}
            </ul>
          }
        />
      )}
    </div>
  );
}

/** One record that may be the same: what it is, in what it agrees and how much. */
export function DuplicateLine({ duplicate, linked = false }: { duplicate: Duplicate; linked?: boolean }) {
  const t = useT();
  const target = resourceNamed(duplicate.resource);
  const agrees = (duplicate.fields ?? []).map((field) => textOf(`sales.duplicates.fields.${field}`) ?? field).join(", ");
  return (
    <span className="duplicate">
      {linked && target ? (
        <a href={`${target.path}/${duplicate.id}`} target="_blank" rel="noreferrer">
          {duplicate.name}
        </a>
      ) : (
        <b>{duplicate.name}</b>
      )}{" "}
      <span className="muted">
        {kindLabel(duplicate.resource)} · {t("sales.duplicates.agrees", { fields: agrees })}
      </span>{" "}
      <Mark tone={(duplicate.likeness ?? 0) >= 90 ? "red" : "orange"}>{formatPercent(duplicate.likeness ?? 0)}</Mark>
    </span>
  );
}
