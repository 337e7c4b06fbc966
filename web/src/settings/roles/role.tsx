import { EyeOutlined, LeftOutlined } from "../../ui/icons";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Form, Input, Skeleton } from "antd";
import { Mark } from "../../ui/mark";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { answer, client } from "../../api/client";
import { ROLES, type Role } from "../../api/departments";
import { useCan } from "../../api/me";
import { asProblem } from "../../api/problem";
import { preview } from "../../app/preview";
import { useT } from "../../i18n";
import { kindLabel } from "../../ui/field";
import { roleLabel } from "../../ui/kinds/references";
import { problemText } from "../../ui/problem-text";
import { Panel } from "../../ui/record/page";
import { FieldRules } from "./field-rules";
import { Matrix } from "./matrix";
import { Summary } from "./summary";
import "../../ui/record/record.css";
import "../settings.css";

const EMPTY: Role = { id: "", name: "", description: "", grants: [], field_rules: [] };

/** One role: what it allows, what it withholds, and what its users see. */
export function RolePage() {
  const { id = "new" } = useParams();
  const { data, error } = useQuery({
    queryKey: ["role", id],
    queryFn: async () => (id === "new" ? EMPTY : ((await answer(client.GET("/v1/roles/{id}", { params: { path: { id } } }))) as Role)),
  });
  const t = useT();
  if (error) return <Alert type="error" title={problemText(asProblem(error), t)} />;
  return data ? <RoleForm key={`${data.id} ${data.etag}`} role={data} /> : <Skeleton active className="panel" />;
}

function RoleForm({ role }: { role: Role }) {
  const t = useT();
  const can = useCan();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { message, modal } = App.useApp();
  const [draft, setDraft] = useState(role);
  const { data: known } = useQuery({ queryKey: ["permissions"], queryFn: () => answer(client.GET("/v1/permissions")), staleTime: Infinity });
  const permissions = known?.permissions ?? [];
  const fields = known?.fields ?? [];
  const fixed = role.name === "Administrator" && role.built_in;
  const mayChange = can.do(role.id ? "identity.role.update" : "identity.role.create") && !fixed;
  const change = (patch: Partial<Role>) => setDraft({ ...draft, ...patch });

  const save = useMutation({
    mutationFn: async () => {
      const { name, description, grants, field_rules } = draft;
      const body = { name: name ?? "", description, grants, field_rules };
      if (!role.id) return answer(client.POST("/v1/roles", { body }));
      const params = { path: { id: role.id }, query: { update_mask: "name,description,grants,field_rules" } };
      return answer(client.PATCH("/v1/roles/{id}", { params, body: { ...body, etag: role.etag } }));
    },
    onSuccess: async (saved) => {
      void message.success(t("identity.roles.saved"));
      queries.setQueryData(["role", saved.id], saved);
      await queries.invalidateQueries({ queryKey: ROLES });
      if (!role.id) await navigate(`/settings/roles/${saved.id}`, { replace: true });
    },
  });
  const remove = useMutation({
    mutationFn: () => answer(client.DELETE("/v1/roles/{id}", { params: { path: { id: role.id }, query: { etag: role.etag } } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ROLES });
      await navigate("/settings/roles");
    },
    onError: (error) => void message.error(problemText(asProblem(error), t)),
  });
  const problem = save.error && asProblem(save.error);

  return (
    <div className="settings-page wide-page">
      <div className="settings-head">
        <span className="gap">
          <Button type="text" icon={<LeftOutlined />} aria-label={kindLabel("identity.role", "many")} onClick={() => void navigate("/settings/roles")} />
          <h1>{role.id ? roleLabel(role.name ?? "") : t("ui.form.new", { kind: kindLabel("identity.role") })}</h1>
          {role.built_in && <Mark>{t("identity.roles.builtIn")}</Mark>}
        </span>
        <span className="gap">
          {role.id && (
            <Button
              icon={<EyeOutlined />}
              onClick={() => {
                preview(role);
                void navigate("/");
              }}
            >
              {t("identity.roles.viewAs")}
            </Button>
          )}
          {role.id && !role.built_in && can.do("identity.role.delete") && (
            <Button
              danger
              onClick={() =>
                modal.confirm({ title: t("identity.roles.askRemove", { name: role.name ?? "" }), okText: t("ui.delete"), okButtonProps: { danger: true }, cancelText: t("ui.cancel"), onOk: () => remove.mutate() })
              }
            >
              {t("ui.delete")}
            </Button>
          )}
          {mayChange && (
            <Button type="primary" loading={save.isPending} disabled={!draft.name?.trim()} onClick={() => save.mutate()}>
              {t("ui.save")}
            </Button>
          )}
        </span>
      </div>
      {fixed && <Alert type="info" showIcon title={t("identity.roles.fixed")} className="spaced" />}
      {problem && (
        <Alert
          type="error"
          showIcon
          role="alert"
          className="spaced"
          title={problemText(problem, t)}
          action={
            problem.reason === "STALE" && (
              <Button size="small" onClick={() => void queries.invalidateQueries({ queryKey: ["role", role.id] })}>
                {t("ui.reload")}
              </Button>
            )
          }
        />
      )}
      {mayChange && (
        <section className="panel">
          <Form layout="vertical" component="div">
            <div className="form-grid">
              <Form.Item label={t("ui.fields.name")} htmlFor="role-name" required>
                <Input id="role-name" value={draft.name} maxLength={100} onChange={(event) => change({ name: event.target.value })} />
              </Form.Item>
              <Form.Item label={t("ui.fields.description")} htmlFor="role-description">
                <Input id="role-description" value={draft.description} maxLength={1000} onChange={(event) => change({ description: event.target.value })} />
              </Form.Item>
            </div>
          </Form>
        </section>
      )}
      <Panel title={t("identity.roles.matrix")}>
        <Matrix grants={draft.grants ?? []} permissions={permissions} onChange={mayChange ? (grants) => change({ grants }) : undefined} />
      </Panel>
      <Panel title={t("identity.roles.fieldRules")}>
        <FieldRules rules={draft.field_rules ?? []} fields={fields} onChange={mayChange ? (field_rules) => change({ field_rules }) : undefined} />
      </Panel>
      <Panel title={t("identity.roles.summary")}>
        <Summary rights={{ grants: draft.grants ?? [], fieldRules: draft.field_rules ?? [] }} permissions={permissions} fields={fields} />
      </Panel>
    </div>
  );
}
