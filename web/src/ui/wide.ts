import { useSyncExternalStore } from "react";

const query = window.matchMedia("(min-width: 641px)");

/** Whether there is more room than on a telephone. */
export function useWide(): boolean {
  return useSyncExternalStore(
    (listener) => {
      query.addEventListener("change", listener);
      return () => query.removeEventListener("change", listener);
    },
    () => query.matches,
  );
}
