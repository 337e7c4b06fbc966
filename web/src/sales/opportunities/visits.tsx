import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { answer, client } from "../../api/client";
import type { Data } from "../../api/records";
import { useT } from "../../i18n";
import { formatDate, formatTime } from "../../ui/format";
import { useName } from "../../ui/names";
import { Panel } from "../../ui/record/page";
import { formatSeconds } from "../format";
import { useStages } from "../pipelines";

/** The stages that a deal has been in, and for how long. */
export function StageVisits({ record }: { record: Data }) {
  const t = useT();
  const stages = useStages();
  const list = useInfiniteQuery({
    queryKey: ["stage-visits", record.id],
    queryFn: ({ pageParam, signal }) =>
      answer(client.GET("/v1/opportunities/{opportunity_id}/stage-visits", { params: { path: { opportunity_id: record.id }, query: { page_size: 10, page_token: pageParam } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token || undefined,
  });
  const visits = list.data?.pages.flatMap((page) => page.stage_visits ?? []) ?? [];
  return (
    <Panel title={t("sales.visits.title")}>
      <table className="plain-table visits">
        <tbody>
          {visits.map((visit) => (
            <tr key={visit.enter_time}>
              <th scope="row">{stages.get(visit.stage_id ?? "")?.name ?? "…"}</th>
              <td className="tabular">{visit.leave_time ? formatSeconds(Number(visit.seconds ?? 0)) : t("sales.visits.since", { duration: formatSeconds(Number(visit.seconds ?? 0)) })}</td>
              <td className="muted">
                <time className="tabular" dateTime={visit.enter_time} title={formatTime(visit.enter_time)}>
                  {formatDate(visit.enter_time)}
                </time>{" "}
                <Mover id={visit.user_id} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {list.hasNextPage && (
        <Button type="link" onClick={() => void list.fetchNextPage()}>
          {t("ui.more")}
        </Button>
      )}
    </Panel>
  );
}

function Mover({ id }: { id: string | undefined }) {
  return useName("identity.user", id || undefined);
}
