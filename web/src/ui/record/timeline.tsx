import { useInfiniteQuery } from "@tanstack/react-query";
import { Button, Segmented } from "antd";
import { useState } from "react";
import { answer, client, type Schemas } from "../../api/client";
import { commentsKey, listComments } from "../../api/comments";
import { asProblem } from "../../api/problem";
import type { Data } from "../../api/records";
import { textOf, useT } from "../../i18n";
import { Bones } from "../bones";
import { fieldLabel } from "../field";
import { formatTime } from "../format";
import { isEmpty, kindOf } from "../kinds";
import { useName } from "../names";
import { problemText } from "../problem-text";
import { fieldOf, type Resource } from "../resource";
import { CommentEntry } from "./comment";
import { interleave } from "./interleave";
import { NewComment } from "./new-comment";

type Change = Schemas["feed.Change"];

type Shown = "all" | "comments" | "changes";

const SHOWN: readonly Shown[] = ["all", "comments", "changes"];
const PAGE = 20;

function useChanges(resource: Resource, id: string) {
  return useInfiniteQuery({
    queryKey: ["history", resource.name, id],
    queryFn: ({ pageParam, signal }) =>
      answer(
        client.GET("/v1/history/{resource}/{record_id}", {
          params: { path: { resource: resource.name, record_id: id }, query: { page_size: PAGE, page_token: pageParam } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token || undefined,
  });
}

function useComments(resource: Resource, id: string, enabled: boolean) {
  return useInfiniteQuery({
    queryKey: commentsKey(resource.name, id),
    queryFn: ({ pageParam, signal }) => listComments(resource.name, id, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token || undefined,
    staleTime: 0,
    enabled,
  });
}

/** Whether people talk about a kind of record: whenever somebody owns it. */
export const isDiscussed = (resource: Resource) => fieldOf(resource, "owner_id") !== undefined;

/** What happened to a record and what was said about it: by whom, and when. */
export function Timeline({ resource, record }: { resource: Resource; record: Data }) {
  const t = useT();
  const discussed = isDiscussed(resource);
  const [chosen, setChosen] = useState<Shown>("all");
  const shown = discussed ? chosen : "changes";
  const changes = useChanges(resource, record.id);
  const comments = useComments(resource, record.id, discussed);
  const done = { items: changes.data?.pages.flatMap((page) => page.changes ?? []) ?? [], more: changes.hasNextPage };
  const said = { items: comments.data?.pages.flatMap((page) => page.comments ?? []) ?? [], more: comments.hasNextPage };
  const none = { items: [], more: false };
  const { items, next } = interleave(shown === "comments" ? none : done, shown === "changes" ? none : said);
  const asked = shown === "all" ? [changes, comments] : shown === "comments" ? [comments] : [changes];
  const more = next === "one" ? changes : comments;
  const fault = asked.find(({ error }) => error)?.error;
  const loading = asked.some(({ isPending }) => isPending);
  return (
    <>
      {discussed && <NewComment resource={resource} record={record} />}
      {discussed && (
        <Segmented
          block
          size="small"
          className="timeline-shown"
          aria-label={t("comment.show")}
          value={shown}
          options={SHOWN.map((value) => ({ value, label: t(`comment.shown.${value}`) }))}
          onChange={setChosen}
        />
      )}
      {fault && <p role="alert">{problemText(asProblem(fault), t)}</p>}
      {loading && <Bones count={6} />}
      {!loading && !fault && items.length === 0 && shown === "comments" && <p className="muted">{t("comment.none")}</p>}
      {!loading && (
        <ol className="timeline">
          {items.map((item) =>
            "author_id" in item ? (
              <CommentEntry key={item.id} comment={item} fixed={Boolean(record.delete_time)} />
            ) : (
              <Entry key={item.id} resource={resource} change={item} />
            ),
          )}
        </ol>
      )}
      {next && (
        <Button type="link" loading={more.isFetchingNextPage} onClick={() => void more.fetchNextPage()}>
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
