import type { Data } from "../../api/records";
import { useT } from "../../i18n";
import { RecordList } from "../../ui/list/record-list";
import { Mark } from "../../ui/mark";
import { RecordPage } from "../../ui/record/page";
import { urgency } from "../kinds/follow-up";
import { opportunity } from "../opportunity";
import { QuickFilters } from "../quick-filters";
import { useOpportunityActions } from "./actions";
import { StagePath } from "./path";
import { WinPrediction } from "./prediction";
import { StageVisits } from "./visits";

const OPEN = { field: "status", operator: "=", values: ["OPPORTUNITY_STATUS_OPEN"] } as const;

/** The deals. */
export function OpportunityList() {
  const [actions, dialogs] = useOpportunityActions();
  return (
    <>
      <RecordList resource={opportunity} actions={actions.items} extra={<QuickFilters open={{ ...OPEN, values: [...OPEN.values] }} />} />
      {dialogs}
    </>
  );
}

/** One deal: its way through the stages, its items, how likely it is won. */
export function OpportunityPage() {
  const [actions, dialogs] = useOpportunityActions();
  return (
    <>
      <RecordPage
        resource={opportunity}
        badges={(record) => <DealMarks record={record} />}
        banner={(record) => <StagePath record={record} actions={actions} />}
        related={(record) => (
          <>
            <WinPrediction record={record} />
            <StageVisits record={record} />
          </>
        )}
      />
      {dialogs}
    </>
  );
}

/** What about a deal calls for somebody. */
export function DealMarks({ record }: { record: Data }) {
  const t = useT();
  const urgent = urgency(record);
  return (
    <>
      {Boolean(record.rotten) && <Mark tone="orange">{t("sales.deals.rotten")}</Mark>}
      {urgent && <Mark tone={urgent === "overdue" ? "red" : "orange"}>{t(`sales.urgency.${urgent}`)}</Mark>}
      {Boolean(record.account_deleted) && <Mark tone="red">{t("sales.deals.accountDeleted")}</Mark>}
    </>
  );
}
