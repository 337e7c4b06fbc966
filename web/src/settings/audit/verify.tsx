import { SafetyCertificateOutlined } from "../../ui/icons";
import { Alert, App, Button, Modal, Progress } from "antd";
import { useState } from "react";
import { answer, client, type Schemas } from "../../api/client";
import { asProblem } from "../../api/problem";
import { useT } from "../../i18n";
import { formatNumber } from "../../ui/format";
import { problemText } from "../../ui/problem-text";

type Fault = Schemas["feed.LogFault"] & { log: string };

interface Proof {
  checked: number;
  faults: Fault[];
  done: boolean;
}

const LOGS = ["changes", "access_records"];

/** Has the service prove that no entry of its logs was altered or removed. */
export function Verify({ service }: { service: string }) {
  const t = useT();
  const { message } = App.useApp();
  const [proof, setProof] = useState<Proof | null>(null);

  async function run() {
    const found: Proof = { checked: 0, faults: [], done: false };
    setProof({ ...found });
    try {
      for (const log of LOGS) {
        for (let after = "0", complete = false; !complete; ) {
          const stretch = await answer(client.GET("/v1/audit/{service}/verify", { params: { path: { service }, query: { log, after } } }));
          found.checked += Number(stretch.checked ?? 0);
          found.faults.push(...(stretch.faults ?? []).map((fault) => ({ ...fault, log })));
          complete = stretch.complete ?? true;
          after = stretch.position ?? after;
          setProof({ ...found });
        }
      }
      setProof({ ...found, done: true });
    } catch (error) {
      setProof(null);
      void message.error(problemText(asProblem(error), t));
    }
  }

  return (
    <>
      <Button icon={<SafetyCertificateOutlined />} onClick={() => void run()}>
        {t("identity.audit.verify")}
      </Button>
      {proof && (
        <Modal open title={t("identity.audit.verify")} onCancel={() => setProof(null)} footer={<Button onClick={() => setProof(null)}>{t("ui.close")}</Button>}>
          {!proof.done && <Progress percent={100} status="active" showInfo={false} aria-label={t("identity.audit.verify")} />}
          <p>{t("identity.audit.checked", { count: formatNumber(proof.checked) })}</p>
          {proof.done && proof.faults.length === 0 && <Alert type="success" showIcon title={t("identity.audit.intact")} />}
          {proof.faults.length > 0 && (
            <Alert
              type="error"
              showIcon
              title={t("identity.audit.faulty", { count: proof.faults.length })}
              description={proof.faults.slice(0, 20).map((fault) => (
                <div key={`${fault.log} ${fault.position} ${fault.id}`}>
                  {fault.log} {fault.position} {fault.reason}
                </div>
              ))}
            />
          )}
        </Modal>
      )}
    </>
  );
}
