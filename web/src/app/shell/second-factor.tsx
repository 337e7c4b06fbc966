import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Form, Input, Modal, Typography } from "antd";
import { Mark } from "../../ui/mark";
import { useMemo, useState } from "react";
import { encode } from "uqr";
import { answer, client } from "../../api/client";
import { ME } from "../../api/me";
import { asProblem } from "../../api/problem";
import { useT } from "../../i18n";
import { problemText } from "../../ui/problem-text";
import { Panel } from "../../ui/record/page";

/** Switches the second factor on and off. */
export function SecondFactor({ on }: { on: boolean }) {
  const t = useT();
  const [open, setOpen] = useState(false);
  return (
    <Panel title={t("app.factor.title")} action={<Mark tone={on ? "green" : undefined}>{t(on ? "app.factor.on" : "app.factor.off")}</Mark>}>
      <p className="muted">{t("app.factor.lead")}</p>
      <Button danger={on} onClick={() => setOpen(true)}>
        {t(on ? "app.factor.disable" : "app.factor.enable")}
      </Button>
      {open && <Dialog on={on} onClose={() => setOpen(false)} />}
    </Panel>
  );
}

function Dialog({ on, onClose }: { on: boolean; onClose: () => void }) {
  const t = useT();
  const queries = useQueryClient();
  const [begun, setBegun] = useState<{ secret?: string; uri?: string } | null>(null);
  const [codes, setCodes] = useState<string[]>([]);
  const step = useMutation({
    mutationFn: async ({ password = "", code = "" }: { password?: string; code?: string }) => {
      if (on) {
        await answer(client.POST("/v1/me/second-factor:disable", { body: { password } }));
        onClose();
        await queries.invalidateQueries({ queryKey: ME });
      } else if (!begun) {
        setBegun(await answer(client.POST("/v1/me/second-factor:begin", { body: { password } })));
      } else {
        const confirmed = await answer(client.POST("/v1/me/second-factor:confirm", { body: { code: code.trim() } }));
        setCodes(confirmed.recovery_codes ?? []);
      }
    },
  });
  function finish() {
    onClose();
    void queries.invalidateQueries({ queryKey: ME });
  }
  if (codes.length > 0) {
    return (
      <Modal open title={t("app.factor.codes")} onCancel={finish} footer={<Button type="primary" onClick={finish}>{t("app.factor.kept")}</Button>}>
        <Alert type="warning" showIcon title={t("app.factor.codesLead")} />
        <Typography.Paragraph copyable={{ text: codes.join("\n") }} className="secret">
          <code className="whole-text">{codes.join("\n")}</code>
        </Typography.Paragraph>
      </Modal>
    );
  }
  return (
    <Modal open title={t(on ? "app.factor.disable" : "app.factor.enable")} footer={null} onCancel={onClose}>
      <Form layout="vertical" requiredMark={false} onFinish={(typed: { password?: string; code?: string }) => step.mutate(typed)} key={begun ? "code" : "password"}>
        {step.error && <Alert type="error" showIcon role="alert" title={problemText(asProblem(step.error), t)} />}
        {begun ? (
          <>
            <p>{t("app.factor.scan")}</p>
            <QrCode text={begun.uri ?? ""} label={t("app.factor.qr")} />
            <p className="muted">
              {t("app.factor.byHand")} <code>{begun.secret}</code>
            </p>
            <Form.Item name="code" label={t("app.signIn.code")} rules={[{ required: true, message: t("app.signIn.needCode") }]}>
              <Input autoFocus inputMode="numeric" autoComplete="one-time-code" maxLength={10} />
            </Form.Item>
          </>
        ) : (
          <Form.Item name="password" label={t("app.password.current")} rules={[{ required: true, message: t("app.signIn.needPassword") }]}>
            <Input.Password autoFocus autoComplete="current-password" />
          </Form.Item>
        )}
        <Button type="primary" htmlType="submit" loading={step.isPending}>
          {t("app.factor.next")}
        </Button>
      </Form>
    </Modal>
  );
}

function QrCode({ text, label }: { text: string; label: string }) {
  const { path, size } = useMemo(() => {
    const { data, size } = encode(text, { border: 2 });
    const dots = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])));
    return { path: dots.join(""), size };
  }, [text]);
  return (
    <svg role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} width={196} height={196} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
