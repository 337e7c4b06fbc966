import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { answer, client, type Schemas } from "../../api/client";
import { useT } from "../../i18n";
import { kindLabel } from "../../ui/field";
import { formatTime } from "../../ui/format";
import { resourceNamed } from "../../ui/registry";
import { Actor, ChangedFields, verbLabel } from "../../ui/record/timeline";
import type { LogQuery } from "./audit";
import { LogTable } from "./log-table";

type Change = Schemas["feed.Change"];

/** The changes of every record. */
export function ChangeLog({ query: { service, filter } }: { query: LogQuery }) {
  const t = useT();
  const list = useInfiniteQuery({
    queryKey: ["audit", "changes", service, filter],
    queryFn: ({ pageParam, signal }) =>
      answer(client.GET("/v1/audit/{service}/changes", { params: { path: { service }, query: { filter, page_size: 50, page_token: pageParam } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token || undefined,
  });
  const changes = list.data?.pages.flatMap((page) => page.changes ?? []) ?? [];
  return (
    <LogTable list={list} empty={changes.length === 0} columns={[t("identity.audit.time"), t("identity.audit.person"), t("identity.audit.what"), t("identity.audit.fields")]}>
      {changes.map((change) => (
        <tr key={change.id}>
          <td className="tabular">{formatTime(change.create_time)}</td>
          <td>
            <Actor id={change.actor_id} />
          </td>
          <td>
            {verbLabel(change.verb)} <RecordLink change={change} />
          </td>
          <td>
            <Details change={change} />
          </td>
        </tr>
      ))}
    </LogTable>
  );
}

function RecordLink({ change }: { change: Change }) {
  const resource = resourceNamed(change.resource);
  const kind = kindLabel(change.resource ?? "");
  const after = { ...change.before, ...change.after };
  const name = String(after.name ?? after.full_name ?? after.display_name ?? "");
  if (!resource?.paged) return `${kind} ${name}`;
  return (
    <>
      {kind} <Link to={`${resource.path}/${change.record_id}`}>{name || change.record_id?.slice(-6)}</Link>
    </>
  );
}

function Details({ change }: { change: Change }) {
  const resource = resourceNamed(change.resource);
  if (change.verb === "created") return null;
  if (resource) return <ChangedFields resource={resource} change={change} />;
  return Object.keys({ ...change.before, ...change.after }).join(", ");
}
