import { useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Form, Input } from "antd";
import { useState } from "react";
import { Link, Navigate, useSearchParams } from "react-router";
import { answer, client } from "../../api/client";
import { ME, useMeQuery } from "../../api/me";
import { asProblem, type Problem } from "../../api/problem";
import { useT } from "../../i18n";
import { problemText } from "../../ui/problem-text";
import { Frame } from "./frame";

interface Typed {
  email: string;
  password: string;
  code?: string;
}

/** Where somebody who has signed in goes on; never to another site. */
export function safeTarget(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) ? next : "/";
}

/** The page on which one signs in. */
export default function SignInPage() {
  const t = useT();
  const queries = useQueryClient();
  const [parameters] = useSearchParams();
  const { data: me } = useMeQuery();
  const [form] = Form.useForm<Typed>();
  const [busy, setBusy] = useState(false);
  const [asksCode, setAsksCode] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  if (me) return <Navigate to={safeTarget(parameters.get("next"))} replace />;

  async function signIn(typed: Typed) {
    setBusy(true);
    setProblem(null);
    try {
      await answer(client.POST("/v1/sessions", { body: { ...typed, email: typed.email.trim(), code: typed.code?.trim() || undefined } }));
      await queries.invalidateQueries({ queryKey: ME });
    } catch (error) {
      const found = asProblem(error);
      if (found.reason === "SECOND_FACTOR_REQUIRED" && !asksCode) setAsksCode(true);
      else setProblem(found);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Frame title={t("app.signIn.title")} lead={asksCode ? t("app.signIn.codeLead") : undefined}>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(typed) => void signIn(typed)}>
        {problem && (
          <Alert
            type="error"
            showIcon
            role="alert"
            title={asksCode && problem.reason === "SECOND_FACTOR_REQUIRED" ? t("errors.CODE_WRONG") : problemText(problem, t)}
          />
        )}
        <Form.Item name="email" label={t("app.signIn.email")} hidden={asksCode} rules={[{ required: true, message: t("app.signIn.needEmail") }]}>
          <Input autoComplete="username" inputMode="email" autoFocus size="large" />
        </Form.Item>
        <Form.Item name="password" label={t("app.signIn.password")} hidden={asksCode} rules={[{ required: true, message: t("app.signIn.needPassword") }]}>
          <Input.Password autoComplete="current-password" size="large" />
        </Form.Item>
        {asksCode && (
          <Form.Item name="code" label={t("app.signIn.code")} extra={t("app.signIn.codeHint")} rules={[{ required: true, message: t("app.signIn.needCode") }]}>
            <Input autoComplete="one-time-code" autoFocus size="large" maxLength={40} />
          </Form.Item>
        )}
        <Button type="primary" htmlType="submit" size="large" block loading={busy}>
          {t("app.signIn.submit")}
        </Button>
      </Form>
      <div className="front-links">
        <Link to="/forgot-password">{t("app.signIn.forgot")}</Link>
        {asksCode && (
          <Button
            type="link"
            size="small"
            onClick={() => {
              setAsksCode(false);
              form.resetFields(["code"]);
            }}
          >
            {t("app.signIn.other")}
          </Button>
        )}
      </div>
    </Frame>
  );
}
