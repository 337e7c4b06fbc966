import { Alert, Button, Form, Input, Result } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { answer, client } from "../../api/client";
import { asProblem, type Problem } from "../../api/problem";
import { useT } from "../../i18n";
import { problemText } from "../../ui/problem-text";
import { Frame } from "./frame";

/** The page on which one asks for a link to a new password. */
export default function ForgotPage() {
  const t = useT();
  const [state, setState] = useState<"asking" | "busy" | "sent">("asking");
  const [problem, setProblem] = useState<Problem | null>(null);

  async function ask({ email }: { email: string }) {
    setState("busy");
    setProblem(null);
    try {
      await answer(client.POST("/v1/passwords:requestReset", { body: { email: email.trim() } }));
      setState("sent");
    } catch (error) {
      setProblem(asProblem(error));
      setState("asking");
    }
  }

  if (state === "sent") {
    return (
      <Frame title={t("app.forgot.title")}>
        <Result status="success" title={t("app.forgot.sent")} subTitle={t("app.forgot.sentLead")} extra={<Link to="/sign-in">{t("app.forgot.back")}</Link>} />
      </Frame>
    );
  }
  return (
    <Frame title={t("app.forgot.title")} lead={t("app.forgot.lead")}>
      <Form layout="vertical" requiredMark={false} onFinish={(typed: { email: string }) => void ask(typed)}>
        {problem && <Alert type="error" showIcon role="alert" title={problemText(problem, t)} />}
        <Form.Item name="email" label={t("app.signIn.email")} rules={[{ required: true, message: t("app.signIn.needEmail") }]}>
          <Input autoComplete="username" inputMode="email" autoFocus size="large" />
        </Form.Item>
        <Button type="primary" htmlType="submit" size="large" block loading={state === "busy"}>
          {t("app.forgot.submit")}
        </Button>
      </Form>
      <div className="front-links">
        <Link to="/sign-in">{t("app.forgot.back")}</Link>
      </div>
    </Frame>
  );
}
