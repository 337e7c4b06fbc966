import { DatePicker, Segmented, Select } from "antd";
import type { Dayjs } from "dayjs";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { useCan } from "../../api/me";
import { useT } from "../../i18n";
import { kindLabel } from "../../ui/field";
import { RecordPicker } from "../../ui/picker";
import { AccessLog } from "./accesses";
import { ChangeLog } from "./changes";
import { Verify } from "./verify";
import "../../ui/record/record.css";
import "../settings.css";

/** The services that keep logs, with the kinds of records in them. */
const SERVICES: Record<string, string[]> = {
  customers: ["customers.account", "customers.contact"],
  identity: ["identity.user", "identity.role", "identity.department", "identity.api_key", "identity.organization"],
};

/** What one log is asked for. */
export interface LogQuery {
  service: string;
  filter: string[];
}

/** What happened in the suite: every change, and every call that read something or was refused. */
export function AuditPage() {
  const t = useT();
  const can = useCan();
  const [parameters] = useSearchParams();
  const [log, setLog] = useState<"changes" | "accesses">("changes");
  const [service, setService] = useState("customers");
  const [resource, setResource] = useState<string>();
  const [code, setCode] = useState<string>();
  const [actor, setActor] = useState<string | undefined>(parameters.get("actor") ?? undefined);
  const [[from, until], setDays] = useState<[Dayjs | undefined, Dayjs | undefined]>([undefined, undefined]);
  const common = [
    actor && `actor_id=${actor}`,
    from && `create_time>=${from.toISOString()}`,
    until && `create_time<${until.toISOString()}`,
  ];
  const filter = [...common, log === "changes" ? resource && `resource=${resource}` : code && `code=${code}`].filter((one) => typeof one === "string" && one !== "") as string[];
  const query: LogQuery = { service, filter };
  return (
    <div className="settings-page wide-page">
      <div className="settings-head">
        <h1>{t("identity.audit.title")}</h1>
        <Verify service={service} />
      </div>
      <div className="audit-bar">
        {can.do("feed.access_record.read") && (
          <Segmented
            aria-label={t("identity.audit.log")}
            name="log"
            value={log}
            options={[
              { value: "changes", label: t("identity.audit.changes") },
              { value: "accesses", label: t("identity.audit.accesses") },
            ]}
            onChange={setLog}
          />
        )}
        <Select
          aria-label={t("identity.audit.service")}
          value={service}
          options={Object.keys(SERVICES).map((value) => ({ value, label: t(value === "customers" ? "customers.name" : "identity.name") }))}
          onChange={(next) => {
            setService(next);
            setResource(undefined);
          }}
        />
        {log === "changes" ? (
          <Select
            aria-label={t("identity.audit.kind")}
            placeholder={t("identity.audit.kind")}
            allowClear
            value={resource}
            options={SERVICES[service]?.map((value) => ({ value, label: kindLabel(value, "many") }))}
            onChange={setResource}
          />
        ) : (
          <Select
            aria-label={t("identity.audit.outcome")}
            placeholder={t("identity.audit.outcome")}
            allowClear
            value={code}
            options={["OK", "UNAUTHENTICATED", "PERMISSION_DENIED", "NOT_FOUND", "INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"].map((value) => ({ value, label: value }))}
            onChange={setCode}
          />
        )}
        <div className="audit-person">
          <RecordPicker aria-label={t("identity.audit.person")} placeholder={t("identity.audit.person")} resource="identity.user" value={actor} onChange={setActor} />
        </div>
        <DatePicker.RangePicker
          format="YYYY-MM-DD"
          allowEmpty={[true, true]}
          placeholder={[t("identity.audit.from"), t("identity.audit.until")]}
          onChange={(days) => setDays([days?.[0]?.startOf("day"), days?.[1]?.add(1, "day").startOf("day")])}
        />
      </div>
      <section className="panel">{log === "changes" ? <ChangeLog query={query} /> : <AccessLog query={query} />}</section>
    </div>
  );
}
