import { Alert, Button, Form, Input } from "antd";
import { useState } from "react";
import { asProblem, type Problem } from "../../api/problem";
import { useT } from "../../i18n";
import { problemText } from "../../ui/problem-text";

interface Typed {
  current?: string;
  password: string;
  again: string;
}

interface Props {
  /** Whether the current password is asked for too. */
  asksCurrent?: boolean;
  submit: string;
  onSubmit: (typed: Typed) => Promise<void>;
}

const SHORTEST = 12;

/** Asks for a new password, twice, because it cannot be seen. */
export function NewPasswordForm({ asksCurrent, submit, onSubmit }: Props) {
  const t = useT();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  async function send(typed: Typed) {
    setBusy(true);
    setProblem(null);
    try {
      await onSubmit(typed);
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <Form layout="vertical" requiredMark={false} onFinish={(typed: Typed) => void send(typed)}>
      {problem && <Alert type="error" showIcon role="alert" title={problemText(problem, t)} />}
      {asksCurrent && (
        <Form.Item name="current" label={t("app.password.current")} rules={[{ required: true, message: t("app.signIn.needPassword") }]}>
          <Input.Password autoComplete="current-password" autoFocus />
        </Form.Item>
      )}
      <Form.Item
        name="password"
        label={t("app.password.new")}
        extra={t("app.password.hint", { count: SHORTEST })}
        rules={[{ required: true, message: t("app.password.need") }]}
      >
        <Input.Password autoComplete="new-password" autoFocus={!asksCurrent} />
      </Form.Item>
      <Form.Item
        name="again"
        label={t("app.password.again")}
        dependencies={["password"]}
        rules={[
          ({ getFieldValue }) => ({
            validator: (_, value) =>
              value === getFieldValue("password") ? Promise.resolve() : Promise.reject(new Error(t("app.password.differs"))),
          }),
        ]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Button type="primary" htmlType="submit" block loading={busy}>
        {submit}
      </Button>
    </Form>
  );
}
