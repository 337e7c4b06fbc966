import type { Filter } from "../ui/list/filter";

const field = "next_follow_up_time";

/** The conditions on the time of the next contact: what is late, and what is to be done today. */
export const DUE: Record<"overdue" | "today", Filter[]> = {
  overdue: [{ field, operator: "<=", values: ["now"] }],
  // The first moment of tomorrow is not today.
  today: [
    { field, operator: ">=", values: ["today"] },
    { field, operator: "<", values: ["tomorrow"] },
  ],
};
