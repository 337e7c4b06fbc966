import { useSyncExternalStore } from "react";
import type { Role } from "../api/departments";
import { refuseWrites } from "../api/client";

/** The role as which the app is looked at, if any. */
let previewed: Role | null = null;
const listeners = new Set<() => void>();

/** Shows the app as a role shows it; nothing is written meanwhile. */
export function preview(role: Role | null) {
  previewed = role;
  refuseWrites(role !== null);
  listeners.forEach((listener) => listener());
}

export function usePreview(): Role | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => previewed,
  );
}
