import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Drawer, Form, type FormInstance } from "antd";
import { useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { useCan, useMe } from "../../api/me";
import { asProblem, type Problem } from "../../api/problem";
import type { Data } from "../../api/records";
import { useT } from "../../i18n";
import { kindLabel } from "../field";
import { cleaned, kindOf, valueOf } from "../kinds";
import type { Resource } from "../resource";
import { ConflictDialog, type Conflict } from "./conflict";
import type { Task } from "./editor";
import { RecordForm, showViolations, useWritable, type Values } from "./form";
import { changes } from "./merge";
import { mergedText, saveRecord } from "./save";

/** Shows advice on what is typed, as it is typed. */
function Advice({ Show, form, record }: { Show: NonNullable<Resource["Advice"]>; form: FormInstance<Values>; record?: Data }) {
  const values = Form.useWatch((typed: Values) => typed, form) ?? {};
  return <Show values={values} record={record} />;
}

/** Where a record is written. */
export default function EditorDrawer({ task, open, onClose }: { task: Task; open: boolean; onClose: () => void }) {
  const t = useT();
  const me = useMe();
  const can = useCan();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { message, modal } = App.useApp();
  const [form] = Form.useForm<Values>();
  const { resource, record } = task;
  const [whole, setWhole] = useState(Boolean(record));
  const [busy, setBusy] = useState(false);
  const sending = useRef(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const writable = useWritable(resource, Boolean(record));
  const fields = whole ? writable : writable.filter((field) => field.quick || field.required);
  const base = useMemo<Values>(() => {
    const values = writable.map((field) => [field.name, record ? valueOf(record, field) : kindOf(field).empty] as const);
    return Object.fromEntries(values);
  }, [writable, record]);
  const initial = useMemo(() => ({ ...base, ...task.initial }), [base, task.initial]);
  // What a new record begins with although nobody types it.
  const given = Object.fromEntries(Object.entries(task.initial ?? {}).filter(([name]) => !writable.some((field) => field.name === name)));

  function collect(): Values {
    const all = form.getFieldsValue(true) as Values;
    const sent = writable.filter((field) => can.write(resource.name, field.name) && field.name in all);
    const values = Object.fromEntries(sent.map((field) => [field.name, cleaned(field, all[field.name])]));
    // What was seen is compared as it would be sent.
    const seen = Object.fromEntries(sent.map((field) => [field.name, cleaned(field, base[field.name])]));
    return changes(seen, values);
  }

  async function save(values: Values, seen: Data | undefined, further: boolean) {
    if (seen && Object.keys(values).length === 0) return onClose();
    setBusy(true);
    setProblem(null);
    try {
      const saved = await saveRecord({ resource, record: seen, values: seen ? values : { ...given, ...values }, owner: me.user.id, queries });
      if (saved.state === "conflict") {
        setConflict({ base: seen ?? saved.current, current: saved.current, changed: saved.changed, values });
        return;
      }
      setConflict(null);
      if (saved.state === "kept") {
        void message.warning(t("ui.outbox.kept"));
        return onClose();
      }
      task.saved?.(saved.record);
      if (further) {
        form.resetFields();
        void message.success(t("ui.saved"));
        return;
      }
      onClose();
      const name = resource.title(saved.record);
      const merged = mergedText(resource, saved.merged, t);
      if (merged) void message.info(merged, 8);
      else if (record || !resource.paged) void message.success(t("ui.saved"));
      else
        void message.success(
          <span>
            {t("ui.created", { name })}{" "}
            <Button type="link" size="small" onClick={() => void navigate(`${resource.path}/${saved.record.id}`)}>
              {t("ui.open")}
            </Button>
          </span>,
          6,
        );
    } catch (error) {
      const found = asProblem(error);
      setConflict(null);
      setProblem(found);
      // A field that is wrong may be among those that are not shown.
      if (found.violations.length > 0) setWhole(true);
      setTimeout(() => showViolations(form, found));
    } finally {
      setBusy(false);
    }
  }

  async function submit(further = false) {
    // A key pressed again before the button shows that it is busy does not save again.
    if (sending.current) return;
    sending.current = true;
    try {
      await form.validateFields();
      await save(collect(), record, further);
    } catch {
      // What is wrong stands beside its field.
    } finally {
      sending.current = false;
    }
  }

  function close() {
    if (busy) return;
    const typed = collect();
    if (Object.keys(record ? typed : changes(task.initial ?? {}, typed)).length === 0) return onClose();
    modal.confirm({
      title: t("ui.form.leave"),
      okText: t("ui.form.discard"),
      cancelText: t("ui.form.stay"),
      onOk: onClose,
    });
  }

  return (
    <Drawer
      open={open}
      onClose={close}
      size={whole ? 760 : 460}
      title={record ? t("ui.form.edit", { name: resource.title(record) }) : t("ui.form.new", { kind: kindLabel(resource.name) })}
      // The first field has it.
      autoFocus={false}
      destroyOnHidden
      footer={
        <div className="row-between">
          <span>
            {!whole && (
              <Button type="link" onClick={() => setWhole(true)}>
                {t("ui.form.allFields")}
              </Button>
            )}
          </span>
          <span className="gap">
            {!record && (
              <Button className="wide-only" loading={busy} onClick={() => void submit(true)}>
                {t("ui.form.saveAndNew")}
              </Button>
            )}
            <Button type="primary" loading={busy} onClick={() => void submit()}>
              {t("ui.save")}
            </Button>
          </span>
        </div>
      }
    >
      {/* Ctrl or Cmd with Enter saves from everywhere, also from a text of several lines. */}
      {/* eslint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void submit();
        }}
      >
        <RecordForm resource={resource} form={form} fields={fields} initial={initial} problem={problem} grouped={whole} onSubmit={() => void submit()} />
        {resource.Advice && <Advice Show={resource.Advice} form={form} record={record} />}
      </div>
      {conflict && (
        <ConflictDialog
          resource={resource}
          conflict={conflict}
          onCancel={() => setConflict(null)}
          onResolve={(current, values) => void save(values, current, false)}
        />
      )}
    </Drawer>
  );
}
