import { collection, type Collection, type Data } from "../api/records";

/** How long an answer serves all who ask for names at about the same time. */
const KEPT = 5_000;

/**
 * Records of which there are few: found by name and by id among all of them, because the API answers them as a whole.
 * What writes is that of the collection they stand in.
 */
export function lookedUp(written: Collection, load: () => Promise<Data[]>): Collection {
  let kept: { time: number; records: Promise<Data[]> } | undefined;
  const all = () => {
    if (!kept || Date.now() - kept.time > KEPT) kept = { time: Date.now(), records: load() };
    return kept.records;
  };
  return {
    ...written,
    async list({ query = "" }) {
      const words = query.toLowerCase().split(/\s+/).filter(Boolean);
      const records = (await all()).filter((record) => words.every((word) => String(record.name).toLowerCase().includes(word)));
      return { records, next: "" };
    },
    async batch(ids) {
      return (await all()).filter((record) => ids.includes(record.id));
    },
  };
}

/** All records of a collection of which there are few. */
export async function everyRecord(api: ReturnType<typeof collection>): Promise<Data[]> {
  const records: Data[] = [];
  for (let page = ""; ; ) {
    const answered = await api.list({ page_size: 200 }, page);
    records.push(...answered.records);
    page = answered.next;
    if (!page) return records;
  }
}
