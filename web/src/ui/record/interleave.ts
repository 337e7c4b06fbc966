/** What of a list, the newest first, is loaded so far. */
export interface Loaded<T> {
  items: readonly T[];
  /** Whether older ones are still to be loaded. */
  more: boolean;
}

interface Timed {
  create_time?: string;
}

const moment = ({ create_time }: Timed) => Date.parse(create_time ?? "") || 0;

/** How far back a list is known. */
function horizon({ items, more }: Loaded<Timed>): number {
  const last = items.at(-1);
  return more && last ? moment(last) : -Infinity;
}

/**
 * Two lists as one, the newest first, as far back as both are known: what is loaded later stands below what is shown.
 * `next` says which of them has to be loaded further.
 */
export function interleave<A extends Timed, B extends Timed>(one: Loaded<A>, other: Loaded<B>): { items: (A | B)[]; next: "one" | "other" | undefined } {
  const [first, second] = [horizon(one), horizon(other)];
  const known = Math.max(first, second);
  const items = [...one.items, ...other.items].filter((item) => moment(item) >= known).sort((a, b) => moment(b) - moment(a));
  const next = known === -Infinity ? undefined : first >= second ? "one" : "other";
  return { items, next };
}
