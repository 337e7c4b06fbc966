import { CloudUploadOutlined } from "../../ui/icons";
import { useQueryClient } from "@tanstack/react-query";
import { App, Badge, Button, Empty, Popconfirm } from "antd";
import { Suspense, useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { COMMENT, commentsKey, waitingComments } from "../../api/comments";
import { useMe } from "../../api/me";
import { discard, onOutbox, sendWaiting, waitingOf, type Waiting } from "../../api/outbox";
import { Problem } from "../../api/problem";
import { useT } from "../../i18n";
import { Drawer } from "../../ui/controls";
import { listsChanged, recordChanged } from "../../ui/cache";
import { fieldLabel, kindLabel } from "../../ui/field";
import { formatTime } from "../../ui/format";
import { problemText } from "../../ui/problem-text";
import { useEditor } from "../../ui/record/editor";
import { resourceNamed } from "../../ui/registry";

const SHORTEST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;

function useWaiting(): Waiting[] {
  const { user } = useMe();
  return useSyncExternalStore(onOutbox, () => waitingOf(user.id));
}

function useSender() {
  const t = useT();
  const { user } = useMe();
  const queries = useQueryClient();
  const { message } = App.useApp();
  return useCallback(
    (again = false) =>
      sendWaiting(
        user.id,
        (name) => (name === COMMENT ? waitingComments : resourceNamed(name)?.api),
        (change, record) => {
          if (change.resource === COMMENT) {
            void queries.invalidateQueries({ queryKey: commentsKey(String(change.values.resource), change.values.record_id) });
            void message.success(t("comment.sent", { name: change.title }));
            return;
          }
          const resource = resourceNamed(change.resource);
          if (!resource) return;
          recordChanged(queries, resource, record);
          if (!change.recordId) listsChanged(queries, resource);
          void message.success(t("app.outbox.sent", { name: change.title }));
        },
        again,
      ),
    [user.id, queries, message, t],
  );
}

/** Sends what waits on this device whenever there may be a connection again. */
export function OutboxSender() {
  const send = useSender();
  const waiting = useWaiting().some((one) => !one.refusal);
  useEffect(() => {
    if (!waiting) return;
    let pause = SHORTEST_PAUSE;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = () => {
      clearTimeout(timer);
      void send();
      pause = Math.min(2 * pause, LONGEST_PAUSE);
      timer = setTimeout(again, pause);
    };
    const online = () => {
      pause = SHORTEST_PAUSE;
      again();
    };
    online();
    window.addEventListener("online", online);
    return () => {
      window.removeEventListener("online", online);
      clearTimeout(timer);
    };
  }, [send, waiting]);
  return null;
}

/** Shows how much waits to be sent, and what. */
export function OutboxButton() {
  const t = useT();
  const { user } = useMe();
  const editor = useEditor();
  const waiting = useWaiting();
  const send = useSender();
  const [open, setOpen] = useState(false);
  if (waiting.length === 0 && !open) return null;

  async function resume(change: Waiting) {
    const resource = resourceNamed(change.resource);
    if (!resource) return;
    const done = () => discard(user.id, change.id);
    setOpen(false);
    if (!change.recordId) return editor.create(resource, change.values, done);
    const record = await resource.api.get(change.recordId);
    editor.edit(resource, record, change.values, done);
  }

  return (
    <>
      <Badge count={waiting.length} size="small">
        <Button icon={<CloudUploadOutlined />} aria-label={t("app.outbox.title")} onClick={() => setOpen(true)} />
      </Badge>
      <Suspense>
        <Drawer open={open} onClose={() => setOpen(false)} title={t("app.outbox.title")}>
          <p className="muted">{t("app.outbox.lead")}</p>
          {waiting.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("app.outbox.none")} />}
          <ul className="plain-list outbox">
            {waiting.map((change) => (
              <li key={change.id}>
                <b>{change.title}</b>{" "}
                <span className="muted">
                  {kindLabel(change.resource)} · {formatTime(change.time)}
                </span>
                <div className="muted">{change.resource === COMMENT ? String(change.values.text) : Object.keys(change.values).map((name) => fieldLabel(change.resource, name)).join(", ")}</div>
                {change.refusal && <p role="alert">{problemText(new Problem({ status: 400, reason: change.refusal }), t)}</p>}
                <span className="gap">
                  {resourceNamed(change.resource) && (
                    <Button size="small" onClick={() => void resume(change)}>
                      {t("ui.edit")}
                    </Button>
                  )}
                  <Popconfirm title={t("app.outbox.askDiscard")} okText={t("app.outbox.discard")} cancelText={t("ui.cancel")} onConfirm={() => discard(user.id, change.id)}>
                    <Button size="small" danger>
                      {t("app.outbox.discard")}
                    </Button>
                  </Popconfirm>
                </span>
              </li>
            ))}
          </ul>
          {waiting.length > 0 && (
            <Button type="primary" onClick={() => void send(true)}>
              {t("app.outbox.send")}
            </Button>
          )}
        </Drawer>
      </Suspense>
    </>
  );
}
