/** Results of what somebody did, shown for a while. */

import { useSyncExternalStore } from "react";

import { announce } from "./announce";

export interface Toast {
  readonly id: number;
  readonly text: string;
  /** A failure stays until it is closed. */
  readonly isBad: boolean;
  /** Where the result is. */
  readonly link?: { readonly href: string; readonly name: string } | undefined;
}

const SHOWN_MS = 8_000;
const MOST = 3;

let toasts: readonly Toast[] = [];
let count = 0;
const listeners = new Set<() => void>();

function set(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

/** Show a result, and say it to those who listen. */
export function toast(text: string, more: { readonly isBad?: boolean; readonly link?: Toast["link"] } = {}): void {
  count += 1;
  const made: Toast = { id: count, text, isBad: more.isBad ?? false, link: more.link };
  set([...toasts, made].slice(-MOST));
  announce(text);
  if (!made.isBad) setTimeout(() => closeToast(made.id), SHOWN_MS);
}

export function closeToast(id: number): void {
  if (toasts.some((each) => each.id === id)) set(toasts.filter((each) => each.id !== id));
}

export function useToasts(): readonly Toast[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
}
