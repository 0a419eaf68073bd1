/** The scheduler's clock: this machine's, moved by what they differ; and one timer for all that counts seconds. */

import { useSyncExternalStore } from "react";

/** `Date` has whole seconds and answers take time: less than this is no difference. */
const NOISE_MS = 2_500;

let offset = 0;

/** Take in the Date of an answer. */
export function noteServerDate(date: string | null): void {
  const at = date === null ? NaN : Date.parse(date);
  if (Number.isNaN(at)) return;
  const difference = at - Date.now();
  if (Math.abs(difference - offset) > NOISE_MS) offset = Math.abs(difference) > NOISE_MS ? difference : 0;
}

/** The time of the scheduler, in milliseconds since the epoch. */
export function now(): number {
  return Date.now() + offset;
}

interface Ticker {
  value: number;
  timer: ReturnType<typeof setInterval> | undefined;
  readonly listeners: Set<() => void>;
}

const tickers = new Map<number, Ticker>();

function tickerOf(everyMs: number): Ticker {
  let ticker = tickers.get(everyMs);
  if (!ticker) {
    ticker = { value: now(), timer: undefined, listeners: new Set() };
    tickers.set(everyMs, ticker);
  }
  return ticker;
}

function subscribe(everyMs: number, listener: () => void): () => void {
  const ticker = tickerOf(everyMs);
  ticker.listeners.add(listener);
  ticker.timer ??= setInterval(() => {
    ticker.value = now();
    for (const each of ticker.listeners) each();
  }, everyMs);
  return () => {
    ticker.listeners.delete(listener);
    if (ticker.listeners.size === 0) {
      clearInterval(ticker.timer);
      ticker.timer = undefined;
    }
  };
}

function read(everyMs: number): number {
  const ticker = tickerOf(everyMs);
  // Nobody was listening: the value is from whenever somebody last did.
  if (ticker.timer === undefined && now() - ticker.value >= everyMs) ticker.value = now();
  return ticker.value;
}

/** The time, anew every so often while the component is shown. */
export function useNow(everyMs = 1_000): number {
  return useSyncExternalStore(
    (listener) => subscribe(everyMs, listener),
    () => read(everyMs),
  );
}
