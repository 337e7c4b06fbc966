import { DeleteOutlined, EditOutlined, PlusOutlined } from "../ui/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Empty, Form, Input, Modal, Tree, TreeSelect } from "antd";
import { useState } from "react";
import { answer, client } from "../api/client";
import { departmentTree, DEPARTMENTS, useDepartments, type Department, type DepartmentNode } from "../api/departments";
import { useCan } from "../api/me";
import { asProblem } from "../api/problem";
import { useT } from "../i18n";
import { kindLabel } from "../ui/field";
import { useName } from "../ui/names";
import { RecordPicker } from "../ui/picker";
import { problemText } from "../ui/problem-text";
import "../ui/record/record.css";
import "./settings.css";

type Draft = Partial<Department>;

interface TreeItem {
  key: string;
  title: React.ReactNode;
  children: TreeItem[];
}

/** The departments, whose tree decides what managers reach. */
export function DepartmentsPage() {
  const t = useT();
  const can = useCan();
  const queries = useQueryClient();
  const { message, modal } = App.useApp();
  const { data: departments = [], isPending } = useDepartments();
  const [draft, setDraft] = useState<Draft | null>(null);
  const remove = useMutation({
    mutationFn: ({ id, etag }: Department) => answer(client.DELETE("/v1/departments/{id}", { params: { path: { id }, query: { etag } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: DEPARTMENTS }),
    onError: (error) => void message.error(problemText(asProblem(error), t)),
  });
  const move = useMutation({
    mutationFn: ({ id, etag, parent_id }: Draft & { id: string }) =>
      answer(client.PATCH("/v1/departments/{id}", { params: { path: { id }, query: { update_mask: "parent_id" } }, body: { etag, parent_id } })),
    onSettled: () => queries.invalidateQueries({ queryKey: DEPARTMENTS }),
    onError: (error) => void message.error(problemText(asProblem(error), t)),
  });
  const tops = departmentTree(departments);
  const mayChange = can.do("identity.department.update");

  const item = ({ department, title, children }: DepartmentNode): TreeItem => ({
    key: department.id,
    title: (
      <span className="department">
        {title} <Manager id={department.manager_id} />
        {can.do("identity.department.create") && (
          <Button size="small" type="text" icon={<PlusOutlined />} aria-label={t("identity.departments.addBelow", { name: title })} onClick={() => setDraft({ parent_id: department.id })} />
        )}
        {mayChange && (
          <Button size="small" type="text" icon={<EditOutlined />} aria-label={t("identity.departments.change", { name: title })} onClick={() => setDraft(department)} />
        )}
        {can.do("identity.department.delete") && (
          <Button
            size="small"
            type="text"
            icon={<DeleteOutlined />}
            aria-label={t("identity.departments.remove", { name: title })}
            onClick={() =>
              modal.confirm({
                title: t("identity.departments.askRemove", { name: title }),
                okText: t("ui.delete"),
                okButtonProps: { danger: true },
                cancelText: t("ui.cancel"),
                onOk: () => remove.mutate(department),
              })
            }
          />
        )}
      </span>
    ),
    children: children.map(item),
  });

  return (
    <div className="settings-page">
      <div className="settings-head">
        <h1>{kindLabel("identity.department", "many")}</h1>
        {can.do("identity.department.create") && (
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setDraft({})}>
            {t("ui.new")}
          </Button>
        )}
      </div>
      <p className="muted">{t("identity.departments.lead")}</p>
      <section className="panel">
        {departments.length > 0 ? (
          <Tree
            blockNode
            defaultExpandAll
            selectable={false}
            draggable={mayChange ? { icon: false } : false}
            treeData={tops.map(item)}
            onDrop={({ dragNode, node, dropToGap }) => {
              const dragged = departments.find((one) => one.id === dragNode.key);
              const target = departments.find((one) => one.id === node.key);
              if (dragged && target) move.mutate({ ...dragged, parent_id: dropToGap ? (target.parent_id ?? "") : target.id });
            }}
          />
        ) : (
          <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={isPending ? t("ui.loading") : t("ui.nothingYet")} />
        )}
      </section>
      {draft && <DepartmentDialog draft={draft} tops={tops} onClose={() => setDraft(null)} />}
    </div>
  );
}

function Manager({ id }: { id: string | undefined }) {
  const name = useName("identity.user", id);
  return name && <span className="muted">· {name}</span>;
}

function DepartmentDialog({ draft, tops, onClose }: { draft: Draft; tops: DepartmentNode[]; onClose: () => void }) {
  const t = useT();
  const queries = useQueryClient();
  const [form] = Form.useForm<Draft>();
  const save = useMutation({
    mutationFn: async (values: Draft) => {
      const body = { name: values.name ?? "", parent_id: values.parent_id ?? "", manager_id: values.manager_id ?? "" };
      if (!draft.id) return answer(client.POST("/v1/departments", { body }));
      const params = { path: { id: draft.id }, query: { update_mask: "name,parent_id,manager_id" } };
      return answer(client.PATCH("/v1/departments/{id}", { params, body: { ...body, etag: draft.etag } }));
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: DEPARTMENTS });
      onClose();
    },
  });
  return (
    <Modal
      open
      title={draft.id ? t("identity.departments.change", { name: draft.name ?? "" }) : t("ui.form.new", { kind: kindLabel("identity.department") })}
      okText={t("ui.save")}
      cancelText={t("ui.cancel")}
      confirmLoading={save.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form form={form} layout="vertical" initialValues={{ ...draft, parent_id: draft.parent_id || undefined, manager_id: draft.manager_id || undefined }} onFinish={(values) => save.mutate(values)}>
        {save.error && <Alert type="error" showIcon role="alert" title={problemText(asProblem(save.error), t)} />}
        <Form.Item name="name" label={t("ui.fields.name")} required rules={[{ required: true, whitespace: true, message: t("ui.faults.required", { field: t("ui.fields.name") }) }]}>
          <Input autoFocus maxLength={100} />
        </Form.Item>
        <Form.Item name="parent_id" label={t("identity.departments.parent")}>
          <TreeSelect allowClear treeDefaultExpandAll treeData={tops} />
        </Form.Item>
        <Form.Item name="manager_id" label={t("identity.departments.manager")}>
          <RecordPicker resource="identity.user" />
        </Form.Item>
      </Form>
    </Modal>
  );
}
