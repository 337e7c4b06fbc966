import { PlusOutlined } from "../ui/icons";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, DatePicker, Form, Input, Modal, Select, Typography } from "antd";
import { Mark } from "../ui/mark";
import type { Dayjs } from "dayjs";
import { useState } from "react";
import { answer, client, type Schemas } from "../api/client";
import { useCan } from "../api/me";
import { asProblem } from "../api/problem";
import { useT } from "../i18n";
import { EmptyHint } from "../ui/empty-hint";
import { kindLabel } from "../ui/field";
import { formatTime } from "../ui/format";
import { useName } from "../ui/names";
import { RecordPicker } from "../ui/picker";
import { problemText } from "../ui/problem-text";
import "../ui/record/record.css";
import "./settings.css";

type ApiKey = Schemas["identity.ApiKey"];
const KEYS = ["api-keys"];

/** The keys by which programs call. */
export function ApiKeysPage() {
  const t = useT();
  const can = useCan();
  const queries = useQueryClient();
  const { message, modal } = App.useApp();
  const [adding, setAdding] = useState(false);
  const list = useInfiniteQuery({
    queryKey: KEYS,
    queryFn: ({ pageParam }) => answer(client.GET("/v1/api-keys", { params: { query: { page_size: 50, page_token: pageParam } } })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token || undefined,
  });
  const keys = list.data?.pages.flatMap((page) => page.api_keys ?? []) ?? [];
  const revoke = useMutation({
    mutationFn: (id: string) => answer(client.POST("/v1/api-keys/{id}/revoke", { params: { path: { id } }, body: {} })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEYS }),
    onError: (error) => void message.error(problemText(asProblem(error), t)),
  });
  return (
    <div className="settings-page">
      <div className="settings-head">
        <h1>{kindLabel("identity.api_key", "many")}</h1>
        {can.do("identity.api_key.create") && (
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
            {t("ui.new")}
          </Button>
        )}
      </div>
      <p className="muted">
        {t("identity.keys.lead")}{" "}
        <a href="/docs" target="_blank" rel="noreferrer">
          {t("identity.keys.docs")}
        </a>
      </p>
      <section className="panel scrolling">
        {list.isPending ? (
          <p className="muted">{t("ui.loading")}</p>
        ) : keys.length === 0 ? (
          <EmptyHint resource="identity.api_key" />
        ) : (
          <table className="plain-table">
            <thead>
              <tr>
                <th scope="col">{t("ui.fields.name")}</th>
                <th scope="col">{t("identity.keys.user")}</th>
                <th scope="col">{t("identity.keys.permissions")}</th>
                <th scope="col">{t("identity.keys.used")}</th>
                <th scope="col">{t("identity.keys.expires")}</th>
                <th scope="col">
                  <span className="unseen">{t("ui.moreActions")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {keys.map((key) => (
                <tr key={key.id}>
                  <td>
                    {key.name} <code className="muted">{key.prefix}…</code>
                  </td>
                  <td>
                    <UserName id={key.user_id} />
                  </td>
                  <td>{key.permissions?.length ? key.permissions.join(", ") : t("identity.keys.all")}</td>
                  <td className="tabular">{formatTime(key.use_time) || "—"}</td>
                  <td className="tabular">{key.revoke_time ? <Mark>{t("identity.keys.revoked")}</Mark> : formatTime(key.expire_time) || t("identity.keys.never")}</td>
                  <td>
                    {!key.revoke_time && can.do("identity.api_key.delete") && (
                      <Button
                        size="small"
                        danger
                        onClick={() =>
                          modal.confirm({
                            title: t("identity.keys.askRevoke", { name: key.name }),
                            okText: t("identity.keys.revoke"),
                            okButtonProps: { danger: true },
                            cancelText: t("ui.cancel"),
                            onOk: () => revoke.mutate(key.id ?? ""),
                          })
                        }
                      >
                        {t("identity.keys.revoke")}
                      </Button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {list.hasNextPage && (
          <Button type="link" onClick={() => void list.fetchNextPage()}>
            {t("ui.more")}
          </Button>
        )}
      </section>
      {adding && <KeyDialog onClose={() => setAdding(false)} />}
    </div>
  );
}

function UserName({ id }: { id: string }) {
  return useName("identity.user", id);
}

interface Typed {
  name: string;
  user_id: string;
  permissions?: string[];
  expires?: Dayjs | null;
}

function KeyDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  const can = useCan();
  const queries = useQueryClient();
  const [form] = Form.useForm<Typed>();
  const [secret, setSecret] = useState("");
  const { data } = useQuery({
    queryKey: ["permissions"],
    queryFn: () => answer(client.GET("/v1/permissions")),
    enabled: can.do("identity.role.read"),
    staleTime: Infinity,
  });
  const create = useMutation({
    mutationFn: ({ name, user_id, permissions, expires }: Typed) => {
      const body: ApiKey = { name, user_id, permissions: permissions ?? [], expire_time: expires?.endOf("day").toISOString() };
      return answer(client.POST("/v1/api-keys", { body }));
    },
    onSuccess: async (created) => {
      setSecret(created.secret ?? "");
      await queries.invalidateQueries({ queryKey: KEYS });
    },
  });
  if (secret) {
    return (
      <Modal open title={t("identity.keys.created")} onCancel={onClose} footer={<Button type="primary" onClick={onClose}>{t("ui.close")}</Button>}>
        <Alert type="warning" showIcon title={t("identity.keys.once")} />
        <Typography.Paragraph copyable={{ text: secret }} className="secret">
          <code>{secret}</code>
        </Typography.Paragraph>
      </Modal>
    );
  }
  return (
    <Modal open title={t("ui.form.new", { kind: kindLabel("identity.api_key") })} okText={t("ui.save")} cancelText={t("ui.cancel")} confirmLoading={create.isPending} onOk={() => form.submit()} onCancel={onClose}>
      <Form form={form} layout="vertical" onFinish={(typed) => create.mutate(typed)}>
        {create.error && <Alert type="error" showIcon role="alert" title={problemText(asProblem(create.error), t)} />}
        <Form.Item name="name" label={t("ui.fields.name")} required rules={[{ required: true, whitespace: true, message: t("ui.faults.required", { field: t("ui.fields.name") }) }]}>
          <Input autoFocus maxLength={100} placeholder={t("identity.keys.namePlaceholder")} />
        </Form.Item>
        <Form.Item name="user_id" label={t("identity.keys.user")} extra={t("identity.keys.userHint")} required rules={[{ required: true, message: t("ui.faults.required", { field: t("identity.keys.user") }) }]}>
          <RecordPicker resource="identity.user" />
        </Form.Item>
        <Form.Item name="permissions" label={t("identity.keys.permissions")} extra={t("identity.keys.permissionsHint")}>
          <Select mode="tags" options={data?.permissions?.map((value) => ({ value, label: value }))} placeholder={t("identity.keys.all")} />
        </Form.Item>
        <Form.Item name="expires" label={t("identity.keys.expires")}>
          <DatePicker format="YYYY-MM-DD" placeholder={t("identity.keys.never")} style={{ width: "100%" }} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
