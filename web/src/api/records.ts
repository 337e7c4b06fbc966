import { send } from "./client";
import { newId } from "./id";
import type { paths } from "./schema";

/** A record of any kind; its description says what its fields are. */
export interface Data {
  id: string;
  etag?: string;
  [field: string]: unknown;
}

/** What of a list is asked for. */
export interface ListQuery {
  filter?: string[];
  order_by?: string;
  query?: string;
  show_deleted?: boolean;
  page_size?: number;
}

/** How many records there are; more than that if counting ended early. */
export interface Count {
  count: number;
  truncated: boolean;
}

export interface Page {
  records: Data[];
  next: string;
}

/** The standard methods of one kind of record. */
export interface Collection {
  list(query: ListQuery, page: string, signal?: AbortSignal): Promise<Page>;
  count(query: ListQuery, signal?: AbortSignal): Promise<Count>;
  get(id: string, signal?: AbortSignal): Promise<Data>;
  batch(ids: string[]): Promise<Data[]>;
  create(values: Record<string, unknown>, idempotencyKey?: string): Promise<Data>;
  update(id: string, etag: string | undefined, values: Record<string, unknown>): Promise<Data>;
  remove(id: string, etag?: string): Promise<Data>;
  restore(id: string): Promise<Data>;
}

type CollectionPath = {
  [P in keyof paths]: paths[P] extends { get: { parameters: { query?: { page_token?: string } } } } ? P : never;
}[keyof paths];

/** A page of fewer records is asked to go on, */
const SHORT = 10;
/** for so many milliseconds, if there is anything to show. */
const PATIENCE = 1000;

/** The methods below a path; `key` is what a list calls its records. */
export function collection(path: CollectionPath, key: string): Collection {
  return {
    async list(query, page, signal) {
      const [records, started]: [Data[], number] = [[], performance.now()];
      const short = Math.min(SHORT, query.page_size ?? SHORT);
      let next = page;
      // What is rare the server answers piece by piece, as it comes upon it.
      do {
        const answer = await send<{ next_page_token: string; [key: string]: unknown }>({
          method: "GET",
          path,
          query: { ...query, page_token: next },
          signal,
        });
        records.push(...((answer[key] ?? []) as Data[]));
        next = answer.next_page_token;
      } while (next && (records.length === 0 || (records.length < short && performance.now() - started < PATIENCE)));
      return { records, next };
    },
    async count({ filter, query }, signal) {
      const answer = await send<{ count: string; truncated: boolean }>({ method: "GET", path: `${path}:count`, query: { filter, query }, signal });
      return { count: Number(answer.count), truncated: answer.truncated };
    },
    get: (id, signal) => send({ method: "GET", path: `${path}/${id}`, signal }),
    async batch(ids) {
      const answer = await send<Record<string, Data[]>>({ method: "GET", path: `${path}:batchGet`, query: { ids } });
      return answer[key] ?? [];
    },
    create: (values, idempotencyKey = newId()) => send({ method: "POST", path, body: values, idempotencyKey }),
    update: (id, etag, values) =>
      send({
        method: "PATCH",
        path: `${path}/${id}`,
        query: { update_mask: Object.keys(values).join(",") },
        body: { ...values, etag },
      }),
    remove: (id, etag) => send({ method: "DELETE", path: `${path}/${id}`, query: { etag } }),
    restore: (id) => send({ method: "POST", path: `${path}/${id}/restore`, body: {}, idempotencyKey: newId() }),
  };
}
