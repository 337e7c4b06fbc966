import createClient from "openapi-fetch";
import { askedAhead } from "./ahead";
import { Problem, problemOf } from "./problem";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

/** Longer than the server takes, so that its own answer comes first. */
const TIMEOUT = 40_000;
/** Whoever is asked to wait longer is told so instead. */
const LONGEST_WAIT = 20_000;

type Listener = (problem: Problem) => void;
const listeners = new Set<Listener>();
let writesRefused = false;

/** Calls back with every problem that an answer names. */
export function onProblem(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** While somebody looks at the app as another role, nothing is written. */
export function refuseWrites(refused: boolean) {
  writesRefused = refused;
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Fetches, waits as long as the server asks for, and gives up in the end. */
async function patientFetch(request: Request): Promise<Response> {
  if (writesRefused && request.method !== "GET") {
    throw new Problem({ status: 403, reason: "PREVIEW" });
  }
  for (let tries = 1; ; tries += 1) {
    const answer = askedAhead(request) ?? fetch(request.clone(), { signal: AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT)]) });
    const response = await answer.catch((error: unknown) => {
      if (request.signal.aborted) throw error;
      const late = error instanceof DOMException && error.name === "TimeoutError";
      throw new Problem({ status: 0, reason: late ? "TIMEOUT" : "OFFLINE" });
    });
    const wait = 1000 * Number(response.headers.get("retry-after") ?? Number.NaN);
    const signIn = request.url.endsWith("/v1/sessions");
    if (response.status !== 429 || tries > 5 || signIn || !(wait <= LONGEST_WAIT)) return response;
    await pause(wait);
  }
}

/** Every method of the API, typed by its description. */
export const client = createClient<paths>({ fetch: patientFetch });

function fail(status: number, body: unknown): never {
  const problem = problemOf(status, body);
  listeners.forEach((listener) => listener(problem));
  throw problem;
}

/** The answer to a call of the client; throws a [`Problem`] if it failed. */
export async function answer<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call;
  return response.ok ? (data as T) : fail(response.status, error);
}

export interface Call {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  path: string;
  query?: Record<string, string | number | boolean | string[] | undefined>;
  body?: unknown;
  /** Makes a repeated call be answered again instead of done again. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/** A call whose path is known when it is made only: of whatever record it is about. */
export async function send<T>({ method, path, query = {}, body, idempotencyKey, signal }: Call): Promise<T> {
  const url = new URL(path, location.origin);
  for (const [name, value] of Object.entries(query)) {
    const values = Array.isArray(value) ? value : [value];
    values.filter((one) => one !== undefined && one !== "").forEach((one) => url.searchParams.append(name, String(one)));
  }
  const headers = new Headers();
  if (body !== undefined) headers.set("content-type", "application/json");
  if (idempotencyKey) headers.set("idempotency-key", idempotencyKey);
  const response = await patientFetch(
    new Request(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal }),
  );
  const answered: unknown = await response.json().catch(() => undefined);
  return response.ok ? (answered as T) : fail(response.status, answered);
}

