/** The strip of a job's last runs: which slot holds what, and how high each bar is. */

import { plural } from "@/lib/duration";
import { isBad, type Status } from "@/lib/status";

export const SLOT_PX = 6;
export const BAR_PX = 5;
export const HEIGHT_PX = 24;
const FLOOR_PX = 4;
const STUB_PX = 6;
/** Bars of usual runs end below the top, so that the cap of an outlier is seen. */
const USUAL_PX = 20;
const EVEN_PX = 12;

/** A run as the strip needs it. */
export interface StripRun {
  readonly id: string;
  readonly status: Status;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly duration_ms: number | null;
  readonly scheduled_for: number | null;
}

/** A due time without a run. */
export interface StripGap {
  readonly due_at: number;
  readonly fate: string;
  readonly reason: string | null;
}

export interface History {
  /** Newest first. */
  readonly runs: readonly StripRun[];
  readonly gaps: readonly StripGap[];
  readonly p5_ms: number | null;
  readonly p95_ms: number | null;
}

export type Slot =
  | { readonly kind: "run"; readonly run: StripRun; readonly height: number; readonly isOutlier: boolean }
  | { readonly kind: "gap"; readonly gap: StripGap; readonly height: number }
  | { readonly kind: "ghost" };

/** Return `count` slots, newest last: runs and due times without one in their order in time, ghosts before them. */
export function slotsOf(history: History, count: number, now: number): Slot[] {
  const runs = history.runs.map((run) => ({ at: run.scheduled_for ?? run.created_at, slot: runSlot(run, history, now) }));
  const gaps = history.gaps.map((gap) => ({ at: gap.due_at, slot: { kind: "gap", gap, height: STUB_PX } as const }));
  const known = [...runs, ...gaps].toSorted((a, b) => a.at - b.at).slice(-count);
  const ghosts = Array.from({ length: count - known.length }, (): Slot => ({ kind: "ghost" }));
  return [...ghosts, ...known.map((each): Slot => each.slot)];
}

function runSlot(run: StripRun, { p5_ms, p95_ms }: History, now: number): Slot {
  const took = run.duration_ms ?? (run.started_at === null ? null : Math.max(0, now - run.started_at));
  return { kind: "run", run, ...heightOf(took, p5_ms, p95_ms) };
}

/** The height of a bar: logarithmic between the 5th and the 95th percentile; what is beyond has a cap. */
export function heightOf(ms: number | null, p5: number | null, p95: number | null): { readonly height: number; readonly isOutlier: boolean } {
  if (ms === null) return { height: FLOOR_PX, isOutlier: false };
  if (p5 === null || p95 === null) return { height: EVEN_PX, isOutlier: false };
  const log = (value: number) => Math.log(Math.max(1, value));
  // Where all take alike, a difference of a tenth must not look like one of ten times.
  const low = Math.min(log(p5), log(p95) - Math.log(2));
  const share = (log(ms) - low) / (log(p95) - low);
  const isOutlier = ms > p95 * 1.5;
  if (isOutlier) return { height: HEIGHT_PX, isOutlier };
  return { height: Math.round(FLOOR_PX + Math.min(1, Math.max(0, share)) * (USUAL_PX - FLOOR_PX)), isOutlier };
}

/** The slot under a point of the strip. */
export function slotAt(x: number, count: number): number {
  return Math.min(count - 1, Math.max(0, Math.floor(x / SLOT_PX)));
}

/** The next slot to the left or the right that holds something; with `isBadOnly` one that failed. */
export function stepFrom(slots: readonly Slot[], from: number, by: 1 | -1, isBadOnly: boolean): number {
  for (let at = from + by; at >= 0 && at < slots.length; at += by) {
    const slot = slots[at];
    if (!slot || slot.kind === "ghost") continue;
    if (!isBadOnly || (slot.kind === "run" && isBad(slot.run.status))) return at;
  }
  return from;
}

/** The strip in one sentence. */
export function sayStrip(slots: readonly Slot[]): string {
  const runs = slots.flatMap((slot) => (slot.kind === "run" ? [slot.run] : []));
  if (runs.length === 0) return "no runs yet";
  const count = (is: (status: Status) => boolean) => runs.filter((run) => is(run.status)).length;
  const gaps = slots.filter((slot) => slot.kind === "gap").length;
  const parts = [`${count((status) => status === "completed")} of the last ${runs.length} runs completed`];
  const bad = count(isBad);
  if (bad > 0) parts.push(`${bad} failed`);
  const going = count((status) => status === "running" || status === "pending");
  if (going > 0) parts.push(`${going} not over`);
  if (gaps > 0) parts.push(`${plural(gaps, "due time")} did not run`);
  return parts.join(", ");
}
