import type { Schemas } from "./client";

export type Violation = { field: string; reason: string; message: string };

/** Why a request failed, as the API says it or, without an answer, as the browser does. */
export class Problem extends Error {
  readonly status: number;
  readonly reason: string;
  readonly violations: Violation[];
  readonly requestId: string;
  /** The present etag of a record that somebody else has changed meanwhile, if it is told. */
  readonly etag: string;
  /** What somebody else has changed meanwhile; nothing when it is not told. */
  readonly changedFields: readonly string[];

  constructor(problem: { status: number; reason: string; detail?: string; violations?: Violation[]; requestId?: string; etag?: string; changedFields?: string[] }) {
    super(problem.detail || problem.reason);
    this.name = "Problem";
    this.status = problem.status;
    this.reason = problem.reason;
    this.violations = problem.violations ?? [];
    this.requestId = problem.requestId ?? "";
    this.etag = problem.etag ?? "";
    this.changedFields = problem.changedFields ?? [];
  }

  /** Whether the same request may succeed later, so that what was typed is worth keeping. */
  get passes(): boolean {
    return this.status === 0 || this.status >= 500 || this.status === 429 || this.status === 401;
  }
}

/** Reads the problem of an answer that failed. */
export function problemOf(status: number, body: unknown): Problem {
  const json: Partial<Schemas["Problem"]> = typeof body === "object" && body !== null ? body : {};
  return new Problem({
    status,
    reason: json.reason ?? "INTERNAL",
    detail: json.detail,
    violations: json.violations?.map(({ field = "", reason = "", message = "" }) => ({ field, reason, message })),
    requestId: json.request_id,
    etag: json.etag,
    changedFields: json.changed_fields,
  });
}

/** Anything that was thrown, as a problem. */
export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem({ status: -1, reason: "INTERNAL", detail: String(error) });
}
