import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Modal, Progress, Select } from "antd";
import { useRef, useState, type ReactNode } from "react";
import { useCan } from "../../api/me";
import type { Data } from "../../api/records";
import { useT } from "../../i18n";
import { listsChanged, recordChanged, recordsGone } from "../cache";
import { fieldLabel, type Field } from "../field";
import { formatNumber } from "../format";
import { cleaned, kindOf, valueOf } from "../kinds";
import { RecordPicker } from "../picker";
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
      <Progress percent={Math.round((100 * running.finished) / running.total)} status={running.outcome ? "exception" : "active"} aria-label={running.title} />
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

interface BarProps {
  resource: Resource;
  records: Data[];
  deleted: boolean;
  bulk: ReturnType<typeof useBulk>;
  onExport: () => void;
  onClear: () => void;
}

/** What can be done to the chosen records. */
export function BulkBar({ resource, records, deleted, bulk, onExport, onClear }: BarProps) {
  const t = useT();
  const can = useCan();
  const { modal } = App.useApp();
  const [asking, setAsking] = useState<"owner" | "field" | null>(null);
  const allowed = (verb: string) => (verb !== "delete" || resource.removed) && can.do(`${resource.name}.${verb}`);
  const owned = resource.fields.some((field) => field.name === "owner_id") && can.write(resource.name, "owner_id");
  const editable = resource.fields.filter((field) => field.bulk && can.see(resource.name, field.name) && can.write(resource.name, field.name));

  const confirmRemoval = () =>
    modal.confirm({
      title: t("ui.bulk.askDelete", { count: records.length }),
      content: resource.restored ? t("ui.bulk.restorable") : undefined,
      okText: t("ui.delete"),
      okButtonProps: { danger: true },
      cancelText: t("ui.cancel"),
      onOk: () => {
        onClear();
        void bulk.remove(records);
      },
    });

  return (
    <div className="bulk-bar" role="toolbar" aria-label={t("ui.bulk.title")}>
      <b aria-live="polite">{t("ui.bulk.selected", { count: formatNumber(records.length) })}</b>
      {!deleted && allowed("update") && owned && <Button onClick={() => setAsking("owner")}>{t("ui.bulk.assign")}</Button>}
      {!deleted && allowed("update") && editable.length > 0 && <Button onClick={() => setAsking("field")}>{t("ui.bulk.edit")}</Button>}
      <Button onClick={onExport}>{t("ui.export.title")}</Button>
      {!deleted && allowed("delete") && (
        <Button danger onClick={confirmRemoval}>
          {t("ui.delete")}
        </Button>
      )}
      {deleted && allowed("delete") && (
        <Button
          onClick={() => {
            onClear();
            void bulk.restore(records);
          }}
        >
          {t("ui.restore")}
        </Button>
      )}
      <Button type="text" onClick={onClear}>
        {t("ui.bulk.clear")}
      </Button>
      {asking && (
        <BulkDialog
          resource={resource}
          fields={asking === "owner" ? resource.fields.filter((field) => field.name === "owner_id") : editable}
          title={t(asking === "owner" ? "ui.bulk.assign" : "ui.bulk.edit")}
          onClose={() => setAsking(null)}
          onApply={(field, value) => {
            setAsking(null);
            onClear();
            void bulk.change(records, () => ({ [field.name]: value }));
          }}
        />
      )}
    </div>
  );
}

interface DialogProps {
  resource: Resource;
  fields: Field[];
  title: string;
  onApply: (field: Field, value: unknown) => void;
  onClose: () => void;
}

function BulkDialog({ resource, fields, title, onApply, onClose }: DialogProps) {
  const t = useT();
  const [field, setField] = useState(fields[0]);
  const [value, setValue] = useState<unknown>(undefined);
  if (!field) return null;
  const { Edit } = kindOf(field);
  return (
    <Modal
      open
      title={title}
      okText={t("ui.bulk.apply")}
      cancelText={t("ui.cancel")}
      okButtonProps={{ disabled: field.name === "owner_id" && !value }}
      onCancel={onClose}
      onOk={() => onApply(field, cleaned(field, value))}
    >
      <Form layout="vertical">
        {fields.length > 1 && (
          <Form.Item label={t("ui.bulk.field")} htmlFor="bulk-field">
            <Select
              id="bulk-field"
              value={field.name}
              options={fields.map(({ name }) => ({ value: name, label: fieldLabel(resource.name, name) }))}
              onChange={(name) => {
                setField(fields.find((one) => one.name === name));
                setValue(undefined);
              }}
            />
          </Form.Item>
        )}
        <Form.Item label={fieldLabel(resource.name, field.name)} htmlFor="bulk-value">
          {field.name === "owner_id" ? (
            <RecordPicker id="bulk-value" resource="identity.user" value={value as string | undefined} onChange={setValue} autoFocus />
          ) : (
            <Edit id="bulk-value" value={value ?? valueOf({ id: "" }, field)} onChange={setValue} field={field} resource={resource.name} siblings={{}} />
          )}
        </Form.Item>
      </Form>
    </Modal>
  );
}
