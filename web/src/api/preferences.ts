import { useCallback, useSyncExternalStore } from "react";
import { useMe } from "./me";
import { onPreference, readPreference, writePreference } from "./storage";

/** A preference of whoever is signed in, and how to change it. */
export function usePreference<T>(name: string, fallback: T): [T, (value: T) => void] {
  const owner = useMe().user.id;
  return useOwnedPreference(owner, name, fallback);
}

/** A preference that belongs to the device. */
export function useDevicePreference<T>(name: string, fallback: T): [T, (value: T) => void] {
  return useOwnedPreference("device", name, fallback);
}

function useOwnedPreference<T>(owner: string, name: string, fallback: T): [T, (value: T) => void] {
  const value = useSyncExternalStore(onPreference, () => readPreference<T | null>(owner, name, null));
  const write = useCallback((next: T) => writePreference(owner, name, next), [owner, name]);
  return [value ?? fallback, write];
}
