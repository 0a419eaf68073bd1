/** The numbers of the duration plot: the usual, the band around it, and what falls out of it. */

import { isOver, type Status } from "@/lib/status";

const WINDOW = 30;
const ENOUGH = 5;
/** So many median absolute deviations away is an outlier. */
const FAR = 3;

export interface Timed {
  readonly id: string;
  readonly status: Status;
  readonly duration_ms: number | null;
}

export interface Point {
  readonly id: string;
  readonly at: number;
  readonly ms: number;
  readonly status: Status;
  readonly isOutlier: boolean;
}

/** The usual of the runs before and at a column; null until there are enough to speak of. */
export interface Usual {
  readonly median: number;
  readonly p25: number;
  readonly p75: number;
}

/** The value below which a share of sorted numbers lies, between neighbours in proportion. */
export function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)] ?? 0;
  const high = sorted[Math.ceil(place)] ?? low;
  return low + (high - low) * (place - Math.floor(place));
}

/** Runs, oldest first, as points by column, and the rolling usual of the completed ones. */
export function plotOf(runs: readonly Timed[]): { readonly points: readonly Point[]; readonly usual: readonly (Usual | null)[] } {
  const points: Point[] = [];
  const usual: (Usual | null)[] = [];
  const recent: number[] = [];
  for (const [at, run] of runs.entries()) {
    const before = usualOf(recent);
    const ms = run.duration_ms;
    if (ms !== null && isOver(run.status)) {
      points.push({ id: run.id, at, ms, status: run.status, isOutlier: before !== null && isFar(ms, recent, before.median) });
      if (run.status === "completed") recent.push(ms);
      if (recent.length > WINDOW) recent.shift();
    }
    usual.push(usualOf(recent));
  }
  return { points, usual };
}

function usualOf(recent: readonly number[]): Usual | null {
  if (recent.length < ENOUGH) return null;
  const sorted = recent.toSorted((a, b) => a - b);
  return { median: quantile(sorted, 0.5), p25: quantile(sorted, 0.25), p75: quantile(sorted, 0.75) };
}

/** Beyond three deviations, and by more than a tenth and 100 ms: where all take alike, a breath is no news. */
function isFar(ms: number, recent: readonly number[], median: number): boolean {
  const away = recent.map((each) => Math.abs(each - median)).toSorted((a, b) => a - b);
  const deviation = quantile(away, 0.5) * 1.4826;
  return Math.abs(ms - median) > Math.max(FAR * deviation, median / 10, 100);
}

export interface Axis {
  readonly isLog: boolean;
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500].flatMap((ms) => [ms]).concat(
  [1, 2, 5, 10, 15, 30].map((s) => s * 1_000),
  [1, 2, 5, 10, 15, 30].map((m) => m * 60_000),
  [1, 2, 4, 8, 12, 24, 48, 96].map((h) => h * 3_600_000),
);

/** The axis of durations: logarithmic where they differ by more than twenty times. */
export function axisOf(durations: readonly number[]): Axis {
  const sorted = durations.toSorted((a, b) => a - b);
  const most = Math.max(1, sorted.at(-1) ?? 1);
  const isLog = sorted.length > 1 && quantile(sorted, 0.95) > 20 * Math.max(1, quantile(sorted, 0.05));
  const low = isLog ? Math.max(1, sorted[0] ?? 1) : 0;
  const high = most * 1.1;
  const inside = STEPS.filter((step) => step >= (isLog ? low : high / 8) && step <= high);
  const every = Math.max(1, Math.ceil(inside.length / 3));
  return { isLog, low, high, ticks: inside.filter((_, at) => (inside.length - 1 - at) % every === 0) };
}

/** How high a duration stands, from 0 to 1. */
export function heightOn(axis: Axis, ms: number): number {
  if (!axis.isLog) return Math.min(1, ms / axis.high);
  const share = Math.log(Math.max(axis.low, ms) / axis.low) / Math.log(axis.high / axis.low);
  return Math.min(1, Math.max(0, share));
}
