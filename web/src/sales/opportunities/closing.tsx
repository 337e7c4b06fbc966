import { DatePicker, Form, Input, Modal, Select } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useState } from "react";
import type { Data } from "../../api/records";
import { useT } from "../../i18n";
import { valueLabel } from "../../ui/field";
import { LOST_REASONS, opportunity } from "../opportunity";
import type { RunVerb } from "../verbs";

interface Props {
  record: Data;
  run: RunVerb;
  onClose: (done: boolean) => void;
}

interface Typed {
  close_date: Dayjs | null;
  lost_reason?: string;
  lost_note?: string;
  competitor?: string;
}

/** Wins or loses a deal; why it is lost has to be said, because that is what one learns from. */
export function ClosingDialog({ record, run, onClose, won }: Props & { won: boolean }) {
  const t = useT();
  const [form] = Form.useForm<Typed>();
  const [busy, setBusy] = useState(false);
  const reason = Form.useWatch("lost_reason", form);
  async function submit({ close_date, lost_reason, lost_note = "", competitor = "" }: Typed) {
    setBusy(true);
    const values = { close_date: close_date?.format("YYYY-MM-DD") ?? "", ...(!won && { lost_reason, lost_note, competitor }) };
    const changed = await run(record, won ? "win" : "lose", values);
    setBusy(false);
    if (changed) onClose(true);
  }
  const label = (name: string) => t(`sales.fields.opportunity.${name as "lost_note"}`);
  return (
    <Modal
      open
      title={t(won ? "sales.deals.winOf" : "sales.deals.loseOf", { name: opportunity.title(record) })}
      okText={t(won ? "sales.deals.win" : "sales.deals.lose")}
      okButtonProps={{ danger: !won }}
      cancelText={t("ui.cancel")}
      confirmLoading={busy}
      onOk={() => form.submit()}
      onCancel={() => onClose(false)}
    >
      <Form form={form} layout="vertical" initialValues={{ close_date: dayjs(), competitor: String(record.competitor ?? "") }} onFinish={(typed) => void submit(typed)}>
        {!won && (
          <>
            <Form.Item name="lost_reason" label={label("lost_reason")} required rules={[{ required: true, message: t("ui.faults.required", { field: label("lost_reason") }) }]}>
              <Select autoFocus options={LOST_REASONS.filter((one) => !one.endsWith("UNSPECIFIED")).map((value) => ({ value, label: valueLabel(opportunity.name, value) }))} />
            </Form.Item>
            {reason === "LOST_REASON_COMPETITOR" && (
              <Form.Item name="competitor" label={label("competitor")}>
                <Input maxLength={200} />
              </Form.Item>
            )}
            <Form.Item name="lost_note" label={label("lost_note")}>
              <Input.TextArea rows={2} maxLength={2000} />
            </Form.Item>
          </>
        )}
        <Form.Item name="close_date" label={label("close_date")}>
          <DatePicker autoFocus={won} format="YYYY-MM-DD" allowClear={false} maxDate={dayjs()} style={{ width: "100%" }} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
