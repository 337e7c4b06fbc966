import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Input, Modal, Segmented, Select } from "antd";
import { Mark } from "../../ui/mark";
import { useState } from "react";
import { answer, client } from "../../api/client";
import { ME, useMe } from "../../api/me";
import { asProblem } from "../../api/problem";
import { languages, useT } from "../../i18n";
import { formatTime } from "../../ui/format";
import { problemText } from "../../ui/problem-text";
import { Panel } from "../../ui/record/page";
import { useLanguage } from "../language";
import { NewPasswordForm } from "../sign-in/new-password";
import { useAppearance } from "../theme";
import { SecondFactor } from "./second-factor";
import "../../ui/record/record.css";
import "../../settings/settings.css";

const SESSIONS = ["sessions"];

/** What belongs to oneself: name, language, look, password, second factor, sessions. */
export default function ProfilePage() {
  const t = useT();
  const me = useMe();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const [language, setLanguage] = useLanguage();
  const [appearance, setAppearance] = useAppearance();
  const [changing, setChanging] = useState(false);
  const rename = useMutation({
    mutationFn: (display_name: string) => answer(client.PATCH("/v1/me", { body: { display_name } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ME });
      void message.success(t("ui.saved"));
    },
    onError: (error) => void message.error(problemText(asProblem(error), t)),
  });
  return (
    <div className="settings-page">
      <h1>{t("app.profile.title")}</h1>
      <Panel title={t("app.profile.person")}>
        <Form layout="vertical" onFinish={({ display_name }: { display_name: string }) => rename.mutate(display_name)} initialValues={{ display_name: me.user.display_name }}>
          <div className="form-grid">
            <Form.Item name="display_name" label={t("ui.fields.display_name")} rules={[{ required: true, whitespace: true, message: t("ui.faults.required", { field: t("ui.fields.display_name") }) }]}>
              <Input maxLength={100} autoComplete="name" />
            </Form.Item>
            <Form.Item label={t("app.signIn.email")} htmlFor="own-email">
              <Input id="own-email" value={me.user.email} disabled />
            </Form.Item>
            <Form.Item label={t("app.language")} htmlFor="own-language">
              <Select id="own-language" value={language} options={Object.entries(languages).map(([value, label]) => ({ value, label }))} onChange={setLanguage} />
            </Form.Item>
            <Form.Item label={t("app.appearance.title")}>
              <Segmented
                aria-label={t("app.appearance.title")}
                name="appearance"
                value={appearance}
                options={(["system", "light", "dark"] as const).map((value) => ({ value, label: t(`app.appearance.${value}`) }))}
                onChange={setAppearance}
              />
            </Form.Item>
          </div>
          <span className="gap">
            <Button type="primary" htmlType="submit" loading={rename.isPending}>
              {t("ui.save")}
            </Button>
            <Button onClick={() => setChanging(true)}>{t("app.password.change")}</Button>
          </span>
        </Form>
      </Panel>
      <SecondFactor on={me.secondFactor} />
      <Sessions />
      <Modal open={changing} title={t("app.password.change")} footer={null} onCancel={() => setChanging(false)} destroyOnHidden>
        <NewPasswordForm
          asksCurrent
          submit={t("app.password.submit")}
          onSubmit={async ({ current = "", password }) => {
            await answer(client.POST("/v1/me/password", { body: { current_password: current, new_password: password } }));
            setChanging(false);
            void message.success(t("app.password.changed"));
            await queries.invalidateQueries({ queryKey: SESSIONS });
          }}
        />
      </Modal>
    </div>
  );
}

function Sessions() {
  const t = useT();
  const queries = useQueryClient();
  const { data } = useQuery({ queryKey: SESSIONS, queryFn: () => answer(client.GET("/v1/sessions", { params: { query: { page_size: 50 } } })) });
  const end = useMutation({
    mutationFn: (id: string) => answer(client.DELETE("/v1/sessions/{id}", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: SESSIONS }),
  });
  const all = useMutation({
    mutationFn: () => answer(client.POST("/v1/sessions:signOutEverywhere", { body: {} })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ME }),
  });
  return (
    <Panel
      title={t("app.sessions.title")}
      action={
        <Button size="small" danger onClick={() => all.mutate()}>
          {t("app.sessions.endAll")}
        </Button>
      }
    >
      <ul className="related-list sessions">
        {data?.sessions?.map((session) => (
          <li key={session.id}>
            <span>
              {device(session.user_agent)} {session.current && <Mark tone="green">{t("app.sessions.current")}</Mark>}
              <div className="muted tabular">
                {session.address} · {t("app.sessions.used", { time: formatTime(session.use_time) })}
              </div>
            </span>
            {!session.current && (
              <Button size="small" onClick={() => end.mutate(session.id ?? "")}>
                {t("app.sessions.end")}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** The browser and the system of a user agent, as far as people care. */
function device(agent = ""): string {
  const browser = /(Edg|OPR|Firefox|MicroMessenger|Chrome|Safari)\/?\s*(\d+)?/.exec(agent);
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|Linux)/.exec(agent);
  const names: Record<string, string> = { Edg: "Edge", OPR: "Opera", MicroMessenger: "WeChat", "Mac OS X": "macOS" };
  const parts = [browser?.[1], system?.[1]].flatMap((part) => (part ? [names[part] ?? part] : []));
  return parts.join(" · ") || agent || "—";
}
