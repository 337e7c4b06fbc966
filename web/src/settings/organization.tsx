import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Form, Input, Select, Skeleton } from "antd";
import { answer, client, type Schemas } from "../api/client";
import { useCan, useOrganization } from "../api/me";
import { asProblem } from "../api/problem";
import { languages, useT } from "../i18n";
import { kindLabel } from "../ui/field";
import { countryOptions } from "../ui/countries";
import { currencyName } from "../ui/format";
import { EditHours, hoursFault } from "../ui/kinds/hours";
import { problemText } from "../ui/problem-text";
import "../ui/record/record.css";
import { LogoInput } from "./logo";
import "./settings.css";

type Organization = Schemas["identity.Organization"];

/** What holds for the whole organization. */
export function OrganizationPage() {
  const t = useT();
  const can = useCan();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const { data } = useOrganization();
  const save = useMutation({
    mutationFn: (values: Organization) =>
      answer(
        client.PATCH("/v1/organization", {
          params: { query: { update_mask: "name,currency,region,language,time_zone,logo,working_hours" } },
          body: { ...values, etag: data?.etag },
        }),
      ),
    onSuccess: (saved) => {
      queries.setQueryData(["organization"], saved);
      void message.success(t("ui.saved"));
    },
    // Somebody was faster: what they made of it is loaded, what was typed stays in the form.
    onError: () => void queries.invalidateQueries({ queryKey: ["organization"] }),
  });
  const mayChange = can.do("identity.organization.update");
  return (
    <div className="settings-page">
      <h1>{kindLabel("identity.organization")}</h1>
      {!data ? (
        <Skeleton active />
      ) : (
        <Form layout="vertical" className="panel" initialValues={data} disabled={!mayChange} onFinish={(values: Organization) => save.mutate(values)}>
          {save.error && <Alert type="error" showIcon role="alert" title={problemText(asProblem(save.error), t)} />}
          <Form.Item name="name" label={t("ui.fields.name")} required rules={[{ required: true, whitespace: true, message: t("ui.faults.required", { field: t("ui.fields.name") }) }]}>
            <Input maxLength={200} />
          </Form.Item>
          <div className="form-grid">
            <Form.Item name="currency" label={t("identity.organization.currency")} extra={t("identity.organization.currencyHint")}>
              <Select showSearch={{ optionFilterProp: "label" }} options={Intl.supportedValuesOf("currency").map((value) => ({ value, label: `${value} · ${currencyName(value)}` }))} />
            </Form.Item>
            <Form.Item name="region" label={t("identity.organization.region")} extra={t("identity.organization.regionHint")}>
              <Select showSearch={{ optionFilterProp: "label" }} options={countryOptions()} />
            </Form.Item>
            <Form.Item name="language" label={t("identity.organization.language")} extra={t("identity.organization.languageHint")}>
              <Select options={Object.entries(languages).map(([value, label]) => ({ value, label }))} />
            </Form.Item>
            <Form.Item name="time_zone" label={t("identity.organization.timeZone")}>
              <Select showSearch={{ optionFilterProp: "label" }} options={Intl.supportedValuesOf("timeZone").map((value) => ({ value, label: value }))} />
            </Form.Item>
          </div>
          <Form.Item name="logo" label={t("identity.organization.logo")} extra={t("identity.organization.logoHint")}>
            <LogoInput disabled={!mayChange} />
          </Form.Item>
          <Form.Item
            name="working_hours"
            label={t("identity.organization.hours")}
            extra={t("identity.organization.hoursHint")}
            rules={[{ validator: (_rule, hours: Organization["working_hours"]) => (hoursFault(hours, t) ? Promise.reject(new Error(hoursFault(hours, t))) : Promise.resolve()) }]}
          >
            <EditHours disabled={!mayChange} />
          </Form.Item>
          {mayChange && (
            <Button type="primary" htmlType="submit" loading={save.isPending}>
              {t("ui.save")}
            </Button>
          )}
        </Form>
      )}
    </div>
  );
}
