import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { answer, client, type Schemas } from "../../api/client";
import type { Data } from "../../api/records";
import { useT } from "../../i18n";
import { valueLabel } from "../../ui/field";
import { formatNumber, formatTime } from "../../ui/format";
import { useName } from "../../ui/names";
import { Panel } from "../../ui/record/page";

type Assignment = Schemas["sales.LeadAssignment"];

/** How the rules gave a lead to somebody, and why to whom. */
export function Assignments({ record }: { record: Data }) {
  const t = useT();
  const list = useInfiniteQuery({
    queryKey: ["assignments", record.id],
    queryFn: ({ pageParam, signal }) =>
      answer(client.GET("/v1/leads/{lead_id}/assignments", { params: { path: { lead_id: record.id }, query: { page_size: 5, page_token: pageParam } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token || undefined,
  });
  const decisions = list.data?.pages.flatMap((page) => page.assignments ?? []) ?? [];
  if (decisions.length === 0) return null;
  return (
    <Panel title={t("sales.assignments.title")}>
      <ol className="timeline">
        {decisions.map((one) => (
          <Decision key={one.id} decision={one} />
        ))}
      </ol>
      {list.hasNextPage && (
        <Button type="link" onClick={() => void list.fetchNextPage()}>
          {t("ui.more")}
        </Button>
      )}
    </Panel>
  );
}

function Decision({ decision }: { decision: Assignment }) {
  const t = useT();
  const name = useName("identity.user", decision.user_id || undefined);
  const candidates = decision.candidates ?? [];
  return (
    <li>
      <div>
        <b>{decision.user_id ? name || "…" : t("sales.assignments.queue")}</b> <time className="muted tabular">{formatTime(decision.create_time)}</time>
      </div>
      <div>
        {valueLabel("sales.lead", decision.reason ?? "")}
        {decision.rule_name && (
          <>
            : “{decision.rule_name}” <span className="muted">({valueLabel("sales.lead", decision.method ?? "")})</span>
          </>
        )}
      </div>
      {candidates.length > 0 && (
        <details>
          <summary>{t("sales.assignments.candidates", { count: candidates.length })}</summary>
          <table className="plain-table">
            <thead>
              <tr>
                <th scope="col">{t("sales.assignments.who")}</th>
                <th scope="col">{t("sales.assignments.outcome")}</th>
                <th scope="col" className="end">{t("sales.assignments.before")}</th>
                <th scope="col" className="end">{t("sales.assignments.open")}</th>
                <th scope="col" className="end">{t("sales.assignments.weight")}</th>
              </tr>
            </thead>
            <tbody>
              {candidates.map((one) => (
                <tr key={one.user_id}>
                  <td>
                    <UserName id={one.user_id} />
                  </td>
                  <td>{valueLabel("sales.lead", one.outcome ?? "")}</td>
                  <td className="end tabular">{formatNumber(Number(one.assigned_before ?? 0))}</td>
                  <td className="end tabular">{formatNumber(Number(one.open_leads ?? 0))}</td>
                  <td className="end tabular">{one.weight}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </li>
  );
}

function UserName({ id }: { id: string | undefined }) {
  return useName("identity.user", id);
}
