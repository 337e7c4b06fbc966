import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Form, Input, Modal, Radio, Select, Steps } from "antd";
import { useState } from "react";
import { useNavigate } from "react-router";
import { send, type Schemas } from "../../api/client";
import { useOrganization } from "../../api/me";
import { newId } from "../../api/id";
import { asProblem } from "../../api/problem";
import type { Data } from "../../api/records";
import { useT } from "../../i18n";
import { listsChanged, recordChanged } from "../../ui/cache";
import { fieldLabel } from "../../ui/field";
import { kindOf } from "../../ui/kinds";
import { RecordPicker } from "../../ui/picker";
import { problemText } from "../../ui/problem-text";
import { resourceNamed } from "../../ui/registry";
import { fieldOf } from "../../ui/resource";
import { lead } from "../lead";
import { opportunity } from "../opportunity";
import { defaultPipeline, usePipelines } from "../pipelines";
import { DuplicateLine, useDuplicates, type Duplicate } from "./duplicates";

const NEW = "new";
const OTHER = "other";

interface Deal {
  opportunity_name: string;
  pipeline_id: string;
  amount_minor: string;
  currency: string;
  expected_close_date: string;
}

/** Makes a customer of a lead: an account and a contact, new or known, and an opportunity, to which it leads. */
export function ConvertWizard({ record, onClose }: { record: Data; onClose: () => void }) {
  const t = useT();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { data: found = [] } = useDuplicates(record, record.id);
  const { data: pipelines } = usePipelines();
  const { data: organization } = useOrganization();
  const [step, setStep] = useState(0);
  const [account, setAccount] = useState<Choice>({});
  const [contact, setContact] = useState<Choice>({});
  const [deal, setDeal] = useState<Partial<Deal>>({});
  const [key] = useState(newId);
  const accounts = found.filter(({ resource }) => resource === "customers.account");
  const contacts = found.filter(({ resource }) => resource === "customers.contact");
  const company = String(record.company || record.name || "");
  const person = String(record.name ?? "");
  const form: Deal = {
    opportunity_name: company,
    pipeline_id: defaultPipeline(pipelines)?.id ?? "",
    amount_minor: String(record.amount_minor ?? "0"),
    currency: String(record.currency || organization?.currency || "CNY"),
    expected_close_date: inDays(30),
    ...deal,
  };
  const convert = useMutation({
    mutationFn: () =>
      send<Schemas["sales.ConvertLeadResponse"]>({
        method: "POST",
        path: `/v1/leads/${record.id}/convert`,
        body: { etag: record.etag, account_id: idOf(account, accounts), contact_id: person ? idOf(contact, contacts) : "", ...form },
        idempotencyKey: key,
      }),
    onSuccess: (answer) => {
      recordChanged(queries, lead, { ...answer.lead, id: record.id });
      for (const name of ["customers.account", "customers.contact", "sales.opportunity", "sales.lead"]) {
        const resource = resourceNamed(name);
        if (resource) listsChanged(queries, resource);
      }
      void queries.invalidateQueries({ queryKey: ["board"] });
      onClose();
      void navigate(`/sales/opportunities/${answer.opportunity_id}`);
    },
  });
  const complete = [isComplete(account, accounts), !person || isComplete(contact, contacts), form.opportunity_name.trim() !== "" && !form.amount_minor.startsWith("~")];
  const last = step === 2;
  const next = () => (last ? convert.mutate() : setStep(step + 1));

  return (
    <Modal
      open
      width={680}
      title={t("sales.convert.title", { name: lead.title(record) })}
      onCancel={onClose}
      footer={
        <div className="row-between">
          <Button onClick={onClose}>{t("ui.cancel")}</Button>
          <span className="gap">
            {step > 0 && <Button onClick={() => setStep(step - 1)}>{t("sales.convert.back")}</Button>}
            <Button type="primary" disabled={!complete[step]} loading={convert.isPending} onClick={next}>
              {t(last ? "sales.convert.finish" : "sales.convert.next")}
            </Button>
          </span>
        </div>
      }
    >
      <Steps
        size="small"
        current={step}
        items={[{ title: t("sales.convert.account") }, { title: t("sales.convert.contact") }, { title: t("sales.convert.opportunity") }]}
        className="wizard-steps"
      />
      {convert.error && <Alert type="error" showIcon role="alert" title={problemText(asProblem(convert.error), t)} />}
      {step === 0 && <Chooser legend={t("sales.convert.accountLead")} resource="customers.account" fresh={t("sales.convert.newAccount", { name: company })} found={accounts} choice={account} onChange={setAccount} />}
      {step === 1 &&
        (person ? (
          <Chooser legend={t("sales.convert.contactLead")} resource="customers.contact" fresh={t("sales.convert.newContact", { name: person })} found={contacts} choice={contact} onChange={setContact} />
        ) : (
          <p>{t("sales.convert.noPerson")}</p>
        ))}
      {last && <DealForm deal={form} onChange={(patch) => setDeal({ ...deal, ...patch })} onSubmit={next} />}
    </Modal>
  );
}

interface Choice {
  /** `new`, `other` or the id of one that was found; unless chosen, that which is most alike. */
  picked?: string;
  other?: string;
}

/** As good as certain: offered first. */
const CERTAIN = 90;

const pickedOf = ({ picked }: Choice, found: Duplicate[]) => picked ?? ((found[0]?.likeness ?? 0) >= CERTAIN ? (found[0]?.id ?? NEW) : NEW);

function idOf(choice: Choice, found: Duplicate[]): string {
  const picked = pickedOf(choice, found);
  if (picked === NEW) return "";
  return picked === OTHER ? (choice.other ?? "") : picked;
}

const isComplete = (choice: Choice, found: Duplicate[]) => pickedOf(choice, found) !== OTHER || Boolean(choice.other);

interface ChooserProps {
  legend: string;
  resource: string;
  fresh: string;
  found: Duplicate[];
  choice: Choice;
  onChange: (choice: Choice) => void;
}

function Chooser({ legend, resource, fresh, found, choice, onChange }: ChooserProps) {
  const t = useT();
  return (
    <fieldset className="chooser">
      <legend>{legend}</legend>
      <Radio.Group value={pickedOf(choice, found)} onChange={(event) => onChange({ ...choice, picked: String(event.target.value) })}>
        <Radio value={NEW}>{fresh}</Radio>
        {found.map((one) => (
          <Radio key={one.id} value={one.id}>
            <DuplicateLine duplicate={one} />
          </Radio>
        ))}
        <Radio value={OTHER}>{t("sales.convert.other")}</Radio>
      </Radio.Group>
      {pickedOf(choice, found) === OTHER && (
        <RecordPicker aria-label={t("sales.convert.other")} resource={resource} value={choice.other} autoFocus onChange={(other) => onChange({ picked: OTHER, other })} />
      )}
    </fieldset>
  );
}

function DealForm({ deal, onChange, onSubmit }: { deal: Deal; onChange: (patch: Partial<Deal>) => void; onSubmit: () => void }) {
  const t = useT();
  const { data: pipelines } = usePipelines();
  const edit = (name: "amount_minor" | "currency" | "expected_close_date") => {
    const field = fieldOf(opportunity, name);
    if (!field) return null;
    const { Edit } = kindOf(field);
    return (
      <Form.Item label={fieldLabel(opportunity.name, name)} htmlFor={`convert-${name}`}>
        <Edit id={`convert-${name}`} value={deal[name]} onChange={(value) => onChange({ [name]: String(value) })} field={field} resource={opportunity.name} siblings={{ ...deal }} />
      </Form.Item>
    );
  };
  return (
    <Form layout="vertical" onFinish={onSubmit}>
      <Form.Item label={fieldLabel(opportunity.name, "name")} htmlFor="convert-name" required>
        <Input id="convert-name" autoFocus value={deal.opportunity_name} maxLength={200} onChange={(event) => onChange({ opportunity_name: event.target.value })} />
      </Form.Item>
      <div className="form-grid">
        {edit("amount_minor")}
        {edit("currency")}
        {edit("expected_close_date")}
        <Form.Item label={t("sales.fields.opportunity.pipeline_id")} htmlFor="convert-pipeline">
          <Select
            id="convert-pipeline"
            value={deal.pipeline_id}
            options={pipelines?.filter((one) => !one.archived).map((one) => ({ value: one.id, label: one.name }))}
            onChange={(pipeline_id) => onChange({ pipeline_id })}
          />
        </Form.Item>
      </div>
      <button type="submit" hidden />
    </Form>
  );
}

function inDays(days: number): string {
  const date = new Date();
  date.setDate(date.getDate() + days);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
