import type { Problem, Violation } from "../api/problem";
import { textOf, type Translate } from "../i18n";

/** Says in the reader's language why something failed. The API's own words come last: they are English. */
export function problemText(problem: Problem, t: Translate): string {
  if (problem.reason === "INVALID" && problem.violations.length > 0) {
    return problem.violations.map((violation) => violationText(violation)).join(" ");
  }
  const known = textOf(`errors.${problem.reason}`);
  if (known) return known;
  if (problem.status === 403) return t("errors.PERMISSION_DENIED");
  if (problem.status === 404) return t("errors.NOT_FOUND");
  if (problem.status >= 500) return t("errors.INTERNAL");
  return problem.message || t("errors.INTERNAL");
}

/** Says in the reader's language what is wrong with a field. */
export function violationText(violation: Violation): string {
  return textOf(`errors.${violation.reason}`) ?? violation.message;
}
