/** Whether two values are the same to a person: an absent one is an empty one. */
export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(plain(one)) === JSON.stringify(plain(other));
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) {
    const parts = Object.entries(value).map(([key, part]) => [key, plain(part)] as const);
    const filled = parts.filter(([, part]) => part !== "").sort(([a], [b]) => (a < b ? -1 : 1));
    return filled.length > 0 ? Object.fromEntries(filled) : "";
  }
  return value === undefined || value === null || value === false ? "" : value;
}

/** The values that are not what they were. */
export function changes(before: Record<string, unknown>, after: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(after).filter(([name, value]) => !same(before[name], value)));
}

/** What somebody else has done to a record that one is about to change. */
export interface Merge {
  /** Changed by both, to different values: a person has to choose. */
  disputed: string[];
  /** Changed by the other only; they stay as they are. */
  theirs: string[];
  /** Changed by oneself only, or by both alike; they are sent. */
  mine: string[];
}

/**
 * Compares what one wants with what has become of the record meanwhile. What the API says was changed counts as changed
 * even where it looks the same, as masked numbers do.
 */
export function merge(
  base: Record<string, unknown>,
  current: Record<string, unknown>,
  wanted: Record<string, unknown>,
  fields: readonly string[],
  changed: readonly string[] = [],
): Merge {
  const result: Merge = { disputed: [], theirs: [], mine: [] };
  for (const field of fields) {
    const [byThem, byMe] = [changed.includes(field) || !same(base[field], current[field]), field in wanted];
    if (byMe && byThem && !same(current[field], wanted[field])) result.disputed.push(field);
    else if (byMe) result.mine.push(field);
    else if (byThem) result.theirs.push(field);
  }
  return result;
}
