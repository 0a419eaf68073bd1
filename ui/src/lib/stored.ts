/** What this browser keeps for its user. Storage may be forbidden or full: then it is kept until the page goes. */

import { useSyncExternalStore } from "react";

const PREFIX = "petit.";

/** A value that outlives the page, and that tells who shows it when it changes, in other tabs too. */
export interface Stored<T> {
  readonly get: () => T;
  readonly set: (value: T) => void;
  readonly subscribe: (listener: () => void) => () => void;
}

/** Make one. `parse` returns undefined for what is no such value, from whatever version wrote it. */
export function stored<T>(name: string, initial: T, parse: (raw: unknown) => T | undefined): Stored<T> {
  const key = PREFIX + name;
  const listeners = new Set<() => void>();
  let value = read();

  function read(): T {
    try {
      const text = localStorage.getItem(key);
      return text === null ? initial : (parse(JSON.parse(text)) ?? initial);
    } catch {
      return initial;
    }
  }

  function tell(): void {
    for (const listener of listeners) listener();
  }

  // Another tab has changed it. Where there is no page there are no others.
  if (typeof window !== "undefined")
    window.addEventListener("storage", (event) => {
      if (event.key !== key && event.key !== null) return;
      value = read();
      tell();
    });

  return {
    get: () => value,
    set(next) {
      value = next;
      try {
        localStorage.setItem(key, JSON.stringify(next));
      } catch {
        // Kept in this page alone.
      }
      tell();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** One of these words. */
export function oneOf<T extends string>(...words: readonly T[]): (raw: unknown) => T | undefined {
  return (raw) => words.find((word) => word === raw);
}

export const isBoolean = (raw: unknown): boolean | undefined => (typeof raw === "boolean" ? raw : undefined);

export function useStored<T>(from: Stored<T>): T {
  return useSyncExternalStore(from.subscribe, from.get);
}
