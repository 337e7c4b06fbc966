import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { answer, client, type Schemas } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { Data } from "../../api/records";
import { textOf, useT } from "../../i18n";
import { fieldLabel } from "../field";
import { formatTime } from "../format";
import { isEmpty, kindOf } from "../kinds";
import { useName } from "../names";
import { problemText } from "../problem-text";
import { fieldOf, type Resource } from "../resource";

type Change = Schemas["feed.Change"];

/** What happened to a record: who did what, and when. */
export function Timeline({ resource, record }: { resource: Resource; record: Data }) {
  const t = useT();
  const history = useInfiniteQuery({
    queryKey: ["history", resource.name, record.id],
    queryFn: ({ pageParam, signal }) =>
      answer(
        client.GET("/v1/history/{resource}/{record_id}", {
          params: {
            path: { resource: resource.name, record_id: record.id },
            query: { page_size: 20, page_token: pageParam },
          },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token || undefined,
  });
  const changes = history.data?.pages.flatMap((page) => page.changes ?? []) ?? [];
  if (history.error) return <p role="alert">{problemText(asProblem(history.error), t)}</p>;
  if (history.isPending) return <p className="muted">{t("ui.loading")}</p>;
  return (
    <>
      <ol className="timeline">
        {changes.map((change) => (
          <Entry key={change.id} resource={resource} change={change} />
        ))}
      </ol>
      {history.hasNextPage && (
        <Button type="link" loading={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
          {t("ui.more")}
        </Button>
      )}
    </>
  );
}

/** The name of what was done to a record. */
export function verbLabel(verb: string | undefined): string {
  return textOf(`ui.verbs.${verb}`) ?? (verb ?? "").replaceAll("_", " ");
}

export function Actor({ id }: { id: string | undefined }) {
  const t = useT();
  const name = useName("identity.user", id);
  return id ? name || "…" : t("ui.system");
}

/** The fields that a change touched, those that the app knows first. */
export function ChangedFields({ resource, change }: { resource: Resource; change: Change }) {
  const t = useT();
  const [before, after] = [change.before ?? {}, change.after ?? {}];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => fieldOf(resource, name) && !(isEmpty(before[name]) && isEmpty(after[name])) && name !== "department_id",
  );
  return (
    <ul>
      {names.map((name) => (
        <li key={name}>
          <span className="muted">{fieldLabel(resource.name, name)}: </span>
          {!isEmpty(before[name]) && (
            <>
              <del>
                <Value resource={resource} name={name} values={before} />
              </del>{" "}
              →{" "}
            </>
          )}
          {isEmpty(after[name]) ? <i>{t("ui.nothing")}</i> : <Value resource={resource} name={name} values={after} />}
        </li>
      ))}
    </ul>
  );
}

function Entry({ resource, change }: { resource: Resource; change: Change }) {
  const created = change.verb === "created";
  return (
    <li>
      <div>
        <b>
          <Actor id={change.actor_id} />
        </b>{" "}
        {verbLabel(change.verb)} <time className="muted tabular">{formatTime(change.create_time)}</time>
      </div>
      {!created && <ChangedFields resource={resource} change={change} />}
    </li>
  );
}

function Value({ resource, name, values }: { resource: Resource; name: string; values: Record<string, unknown> }) {
  const field = fieldOf(resource, name);
  if (!field) return String(values[name]);
  const { Show } = kindOf(field);
  return <Show value={values[name]} field={field} resource={resource.name} record={{ id: "", ...values }} />;
}
