import { Mark } from "../../ui/mark";
import { useT } from "../../i18n";
import { formatDate, formatTime } from "../../ui/format";
import { ownKind, type ShowProps } from "../../ui/kinds/kind";
import { moment } from "../../ui/kinds/time";
import type { Data } from "../../api/records";

const CLOSED = ["LEAD_STATUS_CONVERTED", "LEAD_STATUS_UNQUALIFIED", "OPPORTUNITY_STATUS_WON", "OPPORTUNITY_STATUS_LOST"];

/** How urgent it is to get in touch about a record that is worked on. */
export function urgency(record: Data, now = new Date()): "overdue" | "today" | undefined {
  const time = typeof record.next_follow_up_time === "string" ? record.next_follow_up_time : "";
  if (!time || CLOSED.includes(String(record.status ?? ""))) return undefined;
  if (new Date(time) <= now) return "overdue";
  return formatDate(time) === formatDate(now.toISOString()) ? "today" : undefined;
}

function ShowFollowUp({ value, record, full }: ShowProps<string | null>) {
  const t = useT();
  if (!value) return null;
  const urgent = urgency({ ...record, next_follow_up_time: value });
  const text = full || urgent === "today" ? formatTime(value) : formatDate(value);
  if (!urgent) return <span className="tabular" title={formatTime(value)}>{text}</span>;
  return (
    <Mark tone={urgent === "overdue" ? "red" : "orange"}>
      <span className="tabular" title={formatTime(value)}>
        {text}
      </span>{" "}
      {full && t(`sales.urgency.${urgent}`)}
      {!full && <span className="unseen">{t(`sales.urgency.${urgent}`)}</span>}
    </Mark>
  );
}

/** When to get in touch again; late ones are seen at a glance. */
export const followUp = ownKind<string | null>({ ...moment, Show: ShowFollowUp });
