import { App, Button, Dropdown, Form, Input, Modal, Space, type MenuProps } from "antd";
import { useState, type ReactNode } from "react";
import { useCan } from "../../api/me";
import type { Data } from "../../api/records";
import { useT } from "../../i18n";
import { DownOutlined } from "../../ui/icons";
import { useName } from "../../ui/names";
import { lead } from "../lead";
import { useVerbs, type RunVerb } from "../verbs";
import { ConvertWizard } from "./convert";

type Item = NonNullable<NonNullable<MenuProps["items"]>[number]> & { key: string; label: string; onClick: () => void };

/** What can be done with a lead in its state, the likeliest first; the element has to stand on the page. */
export function useLeadActions(): [(record: Data) => Item[], ReactNode] {
  const t = useT();
  const can = useCan();
  const { message } = App.useApp();
  const [run, notices] = useVerbs(lead, "/v1/leads");
  const [asked, setAsked] = useState<{ record: Data; what: "disqualify" | "convert" } | null>(null);

  function items(record: Data): Item[] {
    if (record.delete_time || !can.doTo("sales.lead.update", record)) return [];
    const { status } = record;
    const open = ["LEAD_STATUS_NEW", "LEAD_STATUS_WORKING", "LEAD_STATUS_QUALIFIED"].includes(String(status));
    const item = (key: string, label: string, onClick: () => void): Item => ({ key, label, onClick });
    const found: Item[] = [];
    if (status === "LEAD_STATUS_NEW") found.push(item("work", t("sales.leads.work"), () => void run(record, "work")));
    if (status === "LEAD_STATUS_NEW" || status === "LEAD_STATUS_WORKING") found.push(item("qualify", t("sales.leads.qualify"), () => void run(record, "qualify")));
    if (open) found.push(item("convert", t("sales.leads.convert"), () => setAsked({ record, what: "convert" })));
    // A qualified lead has only that left to do.
    if (status === "LEAD_STATUS_UNQUALIFIED") found.push(item("reopen", t("sales.leads.reopen"), () => void run(record, "reopen")));
    if (open) {
      found.push(
        item("assign", t("sales.leads.assign"), () =>
          void run(record, "assign").then((changed) => {
            if (changed) void message.success(<Assigned record={changed} />);
          }),
        ),
      );
      found.push({ ...item("disqualify", t("sales.leads.disqualify"), () => setAsked({ record, what: "disqualify" })), danger: true } as Item);
    }
    return found;
  }

  return [
    items,
    <>
      {notices}
      {asked?.what === "disqualify" && <DisqualifyDialog record={asked.record} run={run} onClose={() => setAsked(null)} />}
      {asked?.what === "convert" && <ConvertWizard record={asked.record} onClose={() => setAsked(null)} />}
    </>,
  ];
}

function Assigned({ record }: { record: Data }) {
  const t = useT();
  const name = useName("identity.user", String(record.owner_id ?? "") || undefined);
  return record.owner_id ? t("sales.leads.assigned", { name: name || "…" }) : t("sales.leads.queued");
}

/** The likeliest of the actions as a button, the others below it. */
export function ActionButtons({ items }: { items: Item[] }) {
  const t = useT();
  const [first, ...rest] = items;
  if (!first) return null;
  return (
    <Space.Compact>
      <Button onClick={first.onClick}>{first.label}</Button>
      {rest.length > 0 && (
        <Dropdown trigger={["click"]} autoFocus placement="bottomRight" menu={{ items: rest }}>
          <Button icon={<DownOutlined />} aria-label={t("sales.otherSteps")} aria-haspopup="menu" />
        </Dropdown>
      )}
    </Space.Compact>
  );
}

function DisqualifyDialog({ record, run, onClose }: { record: Data; run: RunVerb; onClose: () => void }) {
  const t = useT();
  const [form] = Form.useForm<{ reason: string }>();
  const [busy, setBusy] = useState(false);
  async function submit({ reason }: { reason: string }) {
    setBusy(true);
    await run(record, "disqualify", { reason });
    onClose();
  }
  return (
    <Modal open title={t("sales.leads.disqualifyOf", { name: lead.title(record) })} okText={t("sales.leads.disqualify")} okButtonProps={{ danger: true }} cancelText={t("ui.cancel")} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <Form form={form} layout="vertical" onFinish={(typed) => void submit(typed)}>
        <Form.Item name="reason" label={t("sales.fields.lead.unqualified_reason")} required rules={[{ required: true, whitespace: true, message: t("ui.faults.required", { field: t("sales.fields.lead.unqualified_reason") }) }]}>
          <Input.TextArea autoFocus rows={2} maxLength={500} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
