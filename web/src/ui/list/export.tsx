import { useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import { Suspense } from "react";
import { Progress } from "../controls";
import { DEPARTMENTS, ROLES, type Department, type Role } from "../../api/departments";
import type { Data, ListQuery } from "../../api/records";
import { asProblem } from "../../api/problem";
import { useT } from "../../i18n";
import { problemText } from "../problem-text";
import { fieldLabel, kindLabel } from "../field";
import { formatDate, formatNumber } from "../format";
import { kindOf, valueOf } from "../kinds";
import { loadRecord, recordName } from "../names";
import { fieldOf, type Resource } from "../resource";
import { csvFile, download } from "./csv";
import type { Column } from "./saved";

/** Takes the ids of records that a field of some records refers to. */
function references(resource: Resource, columns: Column[], records: Data[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { name } of columns) {
    const field = fieldOf(resource, name);
    const target = field?.kind === "user" ? "identity.user" : field?.kind === "reference" ? field.resource : undefined;
    if (!target) continue;
    const ids = found.get(target) ?? new Set();
    records.forEach((record) => record[name] && ids.add(String(record[name])));
    found.set(target, ids);
  }
  return found;
}

/** Shows that something goes on, and whether anything has come of it. */
function Running({ whole = false }: { whole?: boolean }) {
  return (
    <Suspense>
      <Progress percent={whole ? 100 : 0} status="active" showInfo={false} />
    </Suspense>
  );
}

/** Writes a whole view, page by page, into a CSV file. */
export function useExport(resource: Resource) {
  const t = useT();
  const queries = useQueryClient();
  const { modal } = App.useApp();

  return async function run(query: ListQuery, columns: Column[], chosen?: Data[]) {
    const stop = new AbortController();
    const dialog = modal.info({
      title: t("ui.export.running"),
      icon: null,
      content: <Running />,
      okText: t("ui.cancel"),
      onOk: () => stop.abort(),
      afterClose: () => stop.abort(),
    });
    const report = (count: number) =>
      dialog.update({
        content: (
          <>
            <Running whole />
            {t("ui.export.progress", { count: formatNumber(count) })}
          </>
        ),
      });
    const records: Data[] = [];
    try {
      if (chosen) records.push(...chosen);
      for (let page = "", more = !chosen; more && !stop.signal.aborted; more = page !== "") {
        const answer = await resource.api.list({ ...query, page_size: 200 }, page, stop.signal);
        records.push(...answer.records);
        report(records.length);
        page = answer.next;
      }
      const names = new Map<string, string>();
      for (const [target, ids] of references(resource, columns, records)) {
        const loaded = await Promise.all([...ids].map(async (id) => [id, await loadRecord(target, id)] as const));
        loaded.forEach(([id, record]) => names.set(`${target} ${id}`, recordName(target, record)));
      }
      for (const one of queries.getQueryData<Department[]>(DEPARTMENTS) ?? []) names.set(`identity.department ${one.id}`, one.name ?? "");
      for (const one of queries.getQueryData<Role[]>(ROLES) ?? []) names.set(`identity.role ${one.id}`, one.name ?? "");
      if (stop.signal.aborted) return;
      const fields = columns.flatMap(({ name }) => fieldOf(resource, name) ?? []);
      const rows = records.map((record) =>
        fields.map((field) =>
          kindOf(field).text(valueOf(record, field), field, resource.name, record, { of: (kind, id) => names.get(`${kind} ${id}`) ?? "" }),
        ),
      );
      const head = fields.map((field) => fieldLabel(resource.name, field.name));
      download(csvFile([head, ...rows]), `${kindLabel(resource.name, "many")} ${formatDate(new Date().toISOString())}.csv`);
      dialog.destroy();
    } catch (error) {
      if (stop.signal.aborted) return;
      dialog.update({ title: t("ui.export.failed"), content: problemText(asProblem(error), t), okText: t("ui.close") });
    }
  };
}
