import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Modal } from "antd";
import { Suspense, useRef, useState, type ReactNode } from "react";
import type { Data } from "../../api/records";
import { useT } from "../../i18n";
import { listsChanged, recordChanged, recordsGone } from "../cache";
import { Progress } from "../controls";
import { formatNumber } from "../format";
import { problemText } from "../problem-text";
import type { Resource } from "../resource";
import { forEachOf, type Outcome } from "./bulk";

/** How long something can be undone, in seconds: also by somebody who comes to the button slowly. */
const UNDO = 20;

interface Running {
  title: string;
  finished: number;
  total: number;
  outcome?: Outcome<Data, Data>;
}

/** Does things to many records with progress, and offers to undo them. */
export function useBulk(resource: Resource) {
  const t = useT();
  const queries = useQueryClient();
  const { notification } = App.useApp();
  const [running, setRunning] = useState<Running | null>(null);
  const stop = useRef(new AbortController());

  async function run(title: string, records: Data[], work: (record: Data) => Promise<Data>) {
    stop.current = new AbortController();
    setRunning({ title, finished: 0, total: records.length });
    const outcome = await forEachOf(
      records,
      work,
      (finished) => setRunning((before) => before && { ...before, finished }),
      stop.current.signal,
    );
    setRunning(outcome.failed.length > 0 ? { title, finished: records.length, total: records.length, outcome } : null);
    return outcome;
  }

  function offerUndo(text: string, undo: () => void) {
    const key = `undo-${Date.now()}`;
    notification.success({
      key,
      title: text,
      duration: UNDO,
      placement: "bottomLeft",
      actions: (
        <Button
          size="small"
          onClick={() => {
            notification.destroy(key);
            undo();
          }}
        >
          {t("ui.undo")}
        </Button>
      ),
    });
  }

  /** Gives records values, each its own. */
  async function change(records: Data[], valuesOf: (record: Data) => Record<string, unknown>, undoing = false) {
    const outcome = await run(t("ui.bulk.changing"), records, (record) => resource.api.update(record.id, record.etag, valuesOf(record)));
    outcome.done.forEach(({ result }) => recordChanged(queries, resource, result));
    if (undoing || outcome.done.length === 0) return;
    const before = new Map(outcome.done.map(({ item, result }) => [result.id, item]));
    offerUndo(t("ui.bulk.changed", { count: formatNumber(outcome.done.length) }), () => {
      const former = (record: Data) =>
        Object.fromEntries(Object.keys(valuesOf(record)).map((name) => [name, before.get(record.id)?.[name]]));
      void change(outcome.done.map(({ result }) => result), former, true);
    });
  }

  /** Deletes records; they can be brought back if their kind allows it. */
  async function remove(records: Data[]) {
    const outcome = await run(t("ui.bulk.deleting"), records, (record) => resource.api.remove(record.id, record.etag));
    const ids = outcome.done.map(({ item }) => item.id);
    recordsGone(queries, resource, ids);
    if (ids.length === 0) return;
    const first = outcome.done[0]?.item;
    const text = ids.length === 1 && first ? t("ui.bulk.deletedOne", { name: resource.title(first) }) : t("ui.bulk.deleted", { count: formatNumber(ids.length) });
    if (resource.restored) offerUndo(text, () => void restore(outcome.done.map(({ item }) => item)));
  }

  /** Brings deleted records back. */
  async function restore(records: Data[]) {
    const outcome = await run(t("ui.bulk.restoring"), records, (record) => resource.api.restore(record.id));
    outcome.done.forEach(({ result }) => recordChanged(queries, resource, result));
    listsChanged(queries, resource);
  }

  const dialog: ReactNode = running && (
    <Modal
      open
      title={running.title}
      closable={Boolean(running.outcome)}
      mask={{ closable: false }}
      onCancel={() => setRunning(null)}
      footer={
        <Button onClick={() => (running.outcome ? setRunning(null) : stop.current.abort())}>{t(running.outcome ? "ui.close" : "ui.bulk.stop")}</Button>
      }
    >
      <Suspense>
        <Progress percent={Math.round((100 * running.finished) / running.total)} status={running.outcome ? "exception" : "active"} aria-label={running.title} />
      </Suspense>
      {running.outcome && (
        <>
          <p>{t("ui.bulk.failed", { count: running.outcome.failed.length, done: running.outcome.done.length })}</p>
          <ul>
            {running.outcome.failed.slice(0, 20).map(({ item, problem }) => (
              <li key={item.id}>
                {resource.title(item)}: {problemText(problem, t)}
              </li>
            ))}
          </ul>
        </>
      )}
    </Modal>
  );
  return { change, remove, restore, dialog };
}
