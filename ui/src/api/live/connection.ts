/** Whether what is shown is still true: the state of the event stream, for all who want to say so. */

import { useSyncExternalStore } from "react";

export interface Connection {
  /** `waiting` until it was there for the first time. */
  readonly state: "waiting" | "open" | "lost";
  /** When it was lost; of this machine's clock. */
  readonly since: number;
}

let current: Connection = { state: "waiting", since: Date.now() };
const listeners = new Set<() => void>();

export function connection(): Connection {
  return current;
}

export function setConnection(state: Connection["state"], since = Date.now()): void {
  if (current.state === state) return;
  current = { state, since };
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useConnection(): Connection {
  return useSyncExternalStore(subscribe, connection);
}

/** After this long the scheduler is said not to answer, and actions are off. */
export const OFFLINE_MS = 60_000;
/** A loss shorter than this is not worth a word. */
export const QUIET_MS = 2_000;
