import { DeleteOutlined, EditOutlined, LeftOutlined } from "../icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Dropdown, Result, Skeleton, Tooltip } from "antd";
import { Mark } from "../mark";
import { useEffect, useMemo, type ReactNode } from "react";
import { useNavigate, useParams } from "react-router";
import { useCan } from "../../api/me";
import { asProblem } from "../../api/problem";
import type { Data } from "../../api/records";
import { useT } from "../../i18n";
import { recordChanged, recordKey } from "../cache";
import { fieldLabel, groupLabel, kindLabel, type Field } from "../field";
import { isEmpty, kindOf, valueOf } from "../kinds";
import { useBulk } from "../list/use-bulk";
import { problemText } from "../problem-text";
import type { Resource } from "../resource";
import { useEditor } from "./editor";
import { isDiscussed, Timeline } from "./timeline";
import "./record.css";

interface Props {
  resource: Resource;
  /** What stands beside the name: what matters most. */
  badges?: (record: Data) => ReactNode;
  /** What belongs to the record, beside its fields. */
  related?: (record: Data) => ReactNode;
  /** More of what can be done to the record. */
  actions?: (record: Data) => ReactNode;
  /** What stands between the name and the fields. */
  banner?: (record: Data) => ReactNode;
}

/** Everything about one record: its fields, what belongs to it, and what happened to it. */
export function RecordPage({ resource, badges, related, actions, banner }: Props) {
  const t = useT();
  const can = useCan();
  const { id = "" } = useParams();
  const navigate = useNavigate();
  const editor = useEditor();
  const queries = useQueryClient();
  const bulk = useBulk(resource);
  const { modal } = App.useApp();
  const { data: record, error, isPending, refetch } = useQuery({
    queryKey: recordKey(resource, id),
    queryFn: ({ signal }) => resource.api.get(id, signal),
    staleTime: 5_000,
  });
  const mayUpdate = Boolean(record) && !record?.delete_time && can.doTo(`${resource.name}.update`, record ?? { id });
  const mayDelete = Boolean(record && resource.removed) && can.doTo(`${resource.name}.delete`, record ?? { id });

  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      const typing = (event.target as HTMLElement).closest("input, textarea, [contenteditable], .ant-modal, .ant-drawer");
      if (typing || event.ctrlKey || event.metaKey || event.altKey || !record) return;
      if (event.key === "e" && mayUpdate) {
        event.preventDefault();
        editor.edit(resource, record);
      }
    };
    document.addEventListener("keydown", keys);
    return () => document.removeEventListener("keydown", keys);
  }, [editor, resource, record, mayUpdate]);

  if (error) {
    return (
      <Result
        status={asProblem(error).status === 404 ? "404" : "warning"}
        title={<h1>{problemText(asProblem(error), t)}</h1>}
        extra={[
          <Button key="back" onClick={() => void navigate(resource.path)}>
            {t("ui.record.back", { kind: kindLabel(resource.name, "many") })}
          </Button>,
          <Button key="again" onClick={() => void refetch()}>
            {t("ui.retry")}
          </Button>,
        ]}
      />
    );
  }
  if (isPending) return <Skeleton active className="panel" />;

  const remove = () =>
    modal.confirm({
      title: t("ui.record.askDelete", { name: resource.title(record) }),
      content: resource.restored ? t("ui.bulk.restorable") : undefined,
      okText: t("ui.delete"),
      okButtonProps: { danger: true },
      cancelText: t("ui.cancel"),
      onOk: () => {
        void navigate(resource.path);
        void bulk.remove([record]);
      },
    });
  const restore = async () => {
    recordChanged(queries, resource, await resource.api.restore(record.id));
  };

  return (
    <article>
      <header className="record-head">
        <Tooltip title={t("ui.record.back", { kind: kindLabel(resource.name, "many") })}>
          <Button type="text" icon={<LeftOutlined />} aria-label={t("ui.record.back", { kind: kindLabel(resource.name, "many") })} onClick={() => void navigate(-1)} />
        </Tooltip>
        <h1>{resource.title(record)}</h1>
        {badges?.(record)}
        {Boolean(record.delete_time) && <Mark tone="red">{t("ui.record.deleted")}</Mark>}
        <span className="spacer" />
        {actions?.(record)}
        {Boolean(record.delete_time) && mayDelete && <Button onClick={() => void restore()}>{t("ui.restore")}</Button>}
        {mayUpdate && (
          <Button type="primary" icon={<EditOutlined />} onClick={() => editor.edit(resource, record)}>
            {t("ui.edit")}
          </Button>
        )}
        {mayDelete && !record.delete_time && (
          <Dropdown trigger={["click"]} autoFocus menu={{ items: [{ key: "delete", danger: true, icon: <DeleteOutlined />, label: t("ui.delete"), onClick: remove }] }}>
            <Button aria-label={t("ui.moreActions")} aria-haspopup="menu">
              ⋯
            </Button>
          </Dropdown>
        )}
      </header>
      {banner?.(record)}
      <div className="record-page">
        <div className="record-column">
          <RecordFacts resource={resource} record={record} />
        </div>
        <div className="record-column">
          {related?.(record)}
          <Panel title={isDiscussed(resource) ? t("comment.title") : t("ui.record.history")}>
            <Timeline resource={resource} record={record} />
          </Panel>
        </div>
      </div>
      {bulk.dialog}
    </article>
  );
}

const WIDE: unknown[] = ["longText", "address", "tags", "memberships"];

/** The fields of a record under their headings; what is empty is left out of all groups but the first. */
export function RecordFacts({ resource, record }: { resource: Resource; record: Data }) {
  const can = useCan();
  const groups = useMemo(() => {
    const found = new Map<string, Field[]>();
    for (const [index, field] of resource.fields.entries()) {
      if (index === 0 || !can.see(resource.name, field.name)) continue;
      const group = field.group ?? "main";
      found.set(group, [...(found.get(group) ?? []), field]);
    }
    return [...found];
  }, [resource, can]);
  const sections = groups.map(([group, fields]) => {
    const shown = fields.filter((field) => group === groups[0]?.[0] || !isEmpty(valueOf(record, field)));
    return (
      shown.length > 0 && (
        <section key={group} className="facts-group">
          {group !== groups[0]?.[0] && <h3>{groupLabel(resource.name, group)}</h3>}
          <dl className="facts">
            {shown.map((field) => {
              const { Show, wide } = kindOf(field);
              const value = valueOf(record, field);
              return (
                <div key={field.name} className={wide || WIDE.includes(field.kind) ? "wide" : undefined}>
                  <dt>{fieldLabel(resource.name, field.name)}</dt>
                  <dd>{isEmpty(value) ? <span className="muted">—</span> : <Show value={value} field={field} resource={resource.name} record={record} full />}</dd>
                </div>
              );
            })}
          </dl>
        </section>
      )
    );
  });
  return <Panel title={groupLabel(resource.name, groups[0]?.[0] ?? "main")}>{sections}</Panel>;
}

/** A framed part of a page under a heading. */
export function Panel({ title, action, children }: { title: string; action?: ReactNode; children: ReactNode }) {
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{title}</h2>
        {action}
      </div>
      {children}
    </section>
  );
}
