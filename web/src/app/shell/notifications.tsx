import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Badge, Button, Popover } from "antd";
import { useState, type ReactNode } from "react";
import { Link } from "react-router";
import { answer, client, type Schemas } from "../../api/client";
import { commentsKey } from "../../api/comments";
import { asProblem } from "../../api/problem";
import { textOf, useT } from "../../i18n";
import { Bones } from "../../ui/bones";
import { Checkbox } from "../../ui/controls";
import { formatTime } from "../../ui/format";
import { BellOutlined, ClockCircleOutlined, MessageOutlined, UserAddOutlined } from "../../ui/icons";
import { Opened } from "../../ui/opened";
import { problemText } from "../../ui/problem-text";
import { resourceNamed } from "../../ui/registry";
import "./notifications.css";

type Notification = Schemas["identity.Notification"];

const ICONS: Record<string, ReactNode> = {
  NOTIFICATION_KIND_FOLLOW_UP_DUE: <ClockCircleOutlined />,
  NOTIFICATION_KIND_RECORD_ASSIGNED: <UserAddOutlined />,
  NOTIFICATION_KIND_MENTIONED: <MessageOutlined />,
};

const NOTIFICATIONS = ["notifications"];
const UNREAD = [...NOTIFICATIONS, "unread"];
const OFTEN = 30_000;

/** The bell: how much there is that one has not read, and what. */
export function NotificationsButton() {
  const t = useT();
  const [open, setOpen] = useState(false);
  const { data: unread = 0 } = useQuery({
    queryKey: UNREAD,
    queryFn: async () => Number((await answer(client.GET("/v1/notifications:countUnread"))).count ?? 0),
    refetchInterval: OFTEN,
    staleTime: OFTEN / 2,
  });
  return (
    <Popover
      trigger="click"
      placement="bottomRight"
      open={open}
      onOpenChange={setOpen}
      destroyOnHidden
      content={
        <Opened onClose={() => setOpen(false)}>
          <Notifications unread={unread} onClose={() => setOpen(false)} />
        </Opened>
      }
    >
      <Badge count={unread} size="small" overflowCount={99} color="#b3261e">
        <Button type="text" icon={<BellOutlined />} aria-expanded={open} aria-label={t("sales.notifications.unread", { count: unread })} />
      </Badge>
    </Popover>
  );
}

function Notifications({ unread, onClose }: { unread: number; onClose: () => void }) {
  const t = useT();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const [unreadOnly, setUnreadOnly] = useState(false);
  const list = useInfiniteQuery({
    queryKey: [...NOTIFICATIONS, "list", unreadOnly],
    queryFn: ({ pageParam, signal }) => answer(client.GET("/v1/notifications", { params: { query: { page_size: 20, page_token: pageParam, unread_only: unreadOnly } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token || undefined,
    staleTime: 0,
  });
  const settled = {
    onSettled: () => queries.invalidateQueries({ queryKey: NOTIFICATIONS }),
    onError: (error: Error) => void message.error(problemText(asProblem(error), t)),
  };
  const read = useMutation({ mutationFn: (id: string) => answer(client.POST("/v1/notifications/{id}/read", { params: { path: { id } }, body: {} })), ...settled });
  const readAll = useMutation({ mutationFn: () => answer(client.POST("/v1/notifications:markAllRead", { body: {} })), ...settled });
  const found = list.data?.pages.flatMap((page) => page.notifications ?? []) ?? [];
  return (
    <section className="notifications" aria-label={t("sales.notifications.title")}>
      <div className="row-between">
        <Checkbox checked={unreadOnly} onChange={(event) => setUnreadOnly(event.target.checked)}>
          {t("sales.notifications.onlyUnread")}
        </Checkbox>
        <Button type="link" size="small" disabled={unread === 0} onClick={() => readAll.mutate()}>
          {t("sales.notifications.markAll")}
        </Button>
      </div>
      <ul>
        {found.map((one) => (
          <Entry
            key={one.id}
            notification={one}
            onOpen={() => {
              if (!one.read_time) read.mutate(one.id ?? "");
              // The record may be open already.
              void queries.invalidateQueries({ queryKey: commentsKey(one.resource ?? "", one.record_id) });
              onClose();
            }}
            onRead={() => read.mutate(one.id ?? "")}
          />
        ))}
      </ul>
      {list.isPending && <Bones />}
      {list.isSuccess && found.length === 0 && <p className="muted">{t("sales.notifications.none")}</p>}
      {list.hasNextPage && (
        <Button type="link" size="small" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t("ui.more")}
        </Button>
      )}
    </section>
  );
}

function Entry({ notification, onOpen, onRead }: { notification: Notification; onOpen: () => void; onRead: () => void }) {
  const t = useT();
  const { kind = "", resource, record_id, title, due_time, create_time, read_time } = notification;
  const known = resourceNamed(resource);
  const target = known?.paged ? known : undefined;
  return (
    <li className={read_time ? undefined : "unread"}>
      <div>
        <span className="muted">
          {ICONS[kind]} {textOf(`sales.notifications.${kind}`)}
        </span>
        {target ? (
          <Link to={`${target.path}/${record_id}`} onClick={onOpen}>
            {target.icon} {title}
          </Link>
        ) : (
          <b>{title}</b>
        )}
        <span className="muted tabular">{due_time ? t("sales.notifications.due", { time: formatTime(due_time) }) : formatTime(create_time)}</span>
      </div>
      {!read_time && (
        <Button type="text" size="small" aria-label={`${t("sales.notifications.markOne")}: ${title}`} onClick={onRead}>
          ✓
        </Button>
      )}
    </li>
  );
}
