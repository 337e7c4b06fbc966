import { asProblem, type Problem } from "../../api/problem";

const AT_ONCE = 4;

export interface Outcome<T, R> {
  done: { item: T; result: R }[];
  failed: { item: T; problem: Problem }[];
}

/** Does something to many things, a few at a time, until it is done or stopped; failures are kept, not thrown. */
export async function forEachOf<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  progress: (finished: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<Outcome<T, R>> {
  const outcome: Outcome<T, R> = { done: [], failed: [] };
  let next = 0;
  const worker = async () => {
    while (next < items.length && !signal?.aborted) {
      const item = items[next] as T;
      next += 1;
      try {
        outcome.done.push({ item, result: await work(item) });
      } catch (error) {
        outcome.failed.push({ item, problem: asProblem(error) });
      }
      progress(outcome.done.length + outcome.failed.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return outcome;
}
