import { beginningOf } from "../../ui/days";
import { monthAfter, type Months } from "./period";

/** The conditions of deals that were created in some months, as the reports count them: in the organization's time zone. */
export function createdIn({ start, end }: Months, zone = "UTC"): string[] {
  // Moments, not days: the list takes a day for that of the reader, who may be in another time zone.
  return [`create_time>=${beginningOf(`${start}-01`, zone)}`, `create_time<${beginningOf(`${monthAfter(end)}-01`, zone)}`];
}
