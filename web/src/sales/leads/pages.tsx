import { RecordList } from "../../ui/list/record-list";
import { kindOf, valueOf } from "../../ui/kinds";
import { RecordPage } from "../../ui/record/page";
import { fieldOf } from "../../ui/resource";
import type { Data } from "../../api/records";
import { lead, OPEN_LEADS } from "../lead";
import { QuickFilters } from "../quick-filters";
import { ActionButtons, useLeadActions } from "./actions";
import { Assignments } from "./assignments";

/** The leads. */
export function LeadList() {
  const [items, dialogs] = useLeadActions();
  return (
    <>
      <RecordList
        resource={lead}
        actions={(record) => [{ type: "divider" }, ...items(record)]}
        extra={<QuickFilters open={{ field: "status", operator: "=", values: OPEN_LEADS }} />}
      />
      {dialogs}
    </>
  );
}

/** One lead: what can be done with it, and how it came to whoever has it. */
export function LeadPage() {
  const [items, dialogs] = useLeadActions();
  return (
    <>
      <RecordPage resource={lead} badges={leadBadges} actions={(record) => <ActionButtons items={items(record)} />} related={(record) => <Assignments record={record} />} />
      {dialogs}
    </>
  );
}

function leadBadges(record: Data) {
  return ["status", "rating"].map((name) => {
    const field = fieldOf(lead, name);
    if (!field) return null;
    const { Show } = kindOf(field);
    return <Show key={name} value={valueOf(record, field)} field={field} resource={lead.name} record={record} />;
  });
}
