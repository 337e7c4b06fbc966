import { lazy, type ComponentType } from "react";

/** The pauses before a part is asked for again, in milliseconds. */
const PAUSES = [300, 1000, 2000, 4000, 8000];

/** Loads a part of the app, which is asked for again while it cannot be reached. */
export function persistently<T>(load: () => Promise<T>): () => Promise<T> {
  return async () => {
    for (const pause of PAUSES) {
      try {
        return await load();
      } catch {
        await new Promise((resolve) => {
          setTimeout(resolve, pause);
          addEventListener("online", resolve, { once: true });
        });
      }
    }
    return load();
  };
}

/** A component that is loaded when it is first needed. */
export const lazily = <P>(load: () => Promise<{ default: ComponentType<P> }>) => lazy(persistently(load));
