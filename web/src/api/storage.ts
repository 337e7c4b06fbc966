/**
 * What a person has chosen on this device. Everything goes through here, so that it can move to the API as a whole
 * once that keeps preferences.
 */

const listeners = new Set<() => void>();
const cache = new Map<string, unknown>();

const keyOf = (owner: string, name: string) => `crm:${owner}:${name}`;

/** Reads a preference; the fallback if there is none, or if it cannot be read. */
export function readPreference<T>(owner: string, name: string, fallback: T): T {
  const key = keyOf(owner, name);
  if (!cache.has(key)) {
    try {
      cache.set(key, JSON.parse(localStorage.getItem(key) ?? "null"));
    } catch {
      cache.set(key, null);
    }
  }
  return (cache.get(key) as T | null) ?? fallback;
}

/** Keeps a preference. */
export function writePreference<T>(owner: string, name: string, value: T) {
  const key = keyOf(owner, name);
  cache.set(key, value);
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // A full or forbidden storage keeps nothing; the choice holds until the page is left.
  }
  listeners.forEach((listener) => listener());
}

/** Calls back whenever a preference changes. */
export function onPreference(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

window.addEventListener("storage", ({ key }) => {
  if (key) cache.delete(key);
  else cache.clear();
  listeners.forEach((listener) => listener());
});
