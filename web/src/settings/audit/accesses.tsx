import { useInfiniteQuery } from "@tanstack/react-query";
import { Mark } from "../../ui/mark";
import { answer, client } from "../../api/client";
import { useT } from "../../i18n";
import { formatTime } from "../../ui/format";
import { Actor } from "../../ui/record/timeline";
import type { LogQuery } from "./audit";
import { LogTable } from "./log-table";

/** The calls of every user that read something, signed in, or were refused. */
export function AccessLog({ query: { service, filter } }: { query: LogQuery }) {
  const t = useT();
  const list = useInfiniteQuery({
    queryKey: ["audit", "accesses", service, filter],
    queryFn: ({ pageParam, signal }) =>
      answer(client.GET("/v1/audit/{service}/access-records", { params: { path: { service }, query: { filter, page_size: 50, page_token: pageParam } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token || undefined,
  });
  const records = list.data?.pages.flatMap((page) => page.access_records ?? []) ?? [];
  return (
    <LogTable
      list={list}
      empty={records.length === 0}
      columns={[t("identity.audit.time"), t("identity.audit.person"), t("identity.audit.call"), t("identity.audit.records"), t("identity.audit.outcome"), t("identity.audit.address")]}
    >
      {records.map((record) => (
        <tr key={record.id}>
          <td className="tabular">{formatTime(record.create_time)}</td>
          <td>{record.actor_id ? <Actor id={record.actor_id} /> : t("identity.audit.nobody")}</td>
          <td>{record.method?.split(/[./]/).slice(-2).join(".")}</td>
          <td className="tabular">{record.count || ""}</td>
          <td>
            <Mark tone={record.code === "OK" ? undefined : "orange"}>{record.code}</Mark>
          </td>
          <td>{record.address}</td>
        </tr>
      ))}
    </LogTable>
  );
}
