/** What the schedule page asks for: what was, what did not run, and what is to come. */

import { queryOptions } from "@tanstack/react-query";

import { get } from "@/api/client";
import type { Facts } from "@/api/live/facts";
import { live } from "@/api/live/live";
import type { OccurrenceView, Run, Upcoming } from "@/api/schema";

import type { Bar, Mark } from "./timeline";

const PAGE = 1_000;
/** No more than so many pages of each kind: a picture of more is a grey stripe. */
const MOST_PAGES = 5;

/** All that happens on a stretch of time. */
export interface Happenings {
  readonly runs: readonly Run[];
  readonly gaps: readonly OccurrenceView[];
  readonly upcoming: readonly Upcoming[];
  /** The moments beyond which there is more than was asked for; null where all is there. */
  readonly pastFrom: number | null;
  readonly comingUntil: number | null;
}

export const happeningsQuery = (from: number, to: number) =>
  queryOptions({
    queryKey: ["happenings", from, to],
    queryFn: async ({ signal }): Promise<Happenings> => {
      // One that began before the stretch may reach into it: as far back again is looked.
      const since = Math.max(0, from - (to - from));
      const [runs, skipped, missed, upcoming] = await Promise.all([
        pages(async (cursor) => {
          const page = await get("/api/runs", { query: { since, until: to, limit: PAGE, cursor }, signal });
          return { items: page.runs, next: page.next_cursor };
        }),
        pages((cursor) => gaps("skipped", from, to, cursor, signal)),
        pages((cursor) => gaps("missed", from, to, cursor, signal)),
        get("/api/upcoming", { query: { until: to, limit: PAGE }, signal }),
      ]);
      const cut = [runs, skipped, missed].filter((each) => each.isCut);
      const last = upcoming.upcoming.at(-1);
      return {
        runs: runs.items,
        gaps: [...skipped.items, ...missed.items],
        upcoming: upcoming.upcoming,
        pastFrom: cut.length === 0 ? null : Math.max(...cut.map((each) => each.oldest)),
        comingUntil: upcoming.upcoming.length < PAGE || !last ? null : last.due_at,
      };
    },
    meta: live<Happenings>({ patch, refetch: (facts) => facts.has("run_", "job_", "jobs_reloaded", "occurrence_", "scheduler_"), everyMs: 5_000 }),
    placeholderData: (before) => before,
  });

/** Show what began and what ended at once; due times are asked for again a little later. */
function patch(before: Happenings, facts: Facts): Happenings {
  const changed = new Map([...facts.runs].map((run) => [run.id, run]));
  if (changed.size === 0) return before;
  const runs = before.runs.map((run) => {
    const newer = changed.get(run.id);
    changed.delete(run.id);
    return newer ?? run;
  });
  return { ...before, runs: [...changed.values(), ...runs] };
}

async function gaps(fate: "skipped" | "missed", since: number, until: number, cursor: string | undefined, signal: AbortSignal) {
  const page = await get("/api/occurrences", { query: { fate, since, until, limit: PAGE, cursor }, signal });
  return { items: page.occurrences, next: page.next_cursor };
}

async function pages<T extends Run | OccurrenceView>(
  ask: (cursor: string | undefined) => Promise<{ readonly items: readonly T[]; readonly next?: string | null }>,
): Promise<{ readonly items: T[]; readonly isCut: boolean; readonly oldest: number }> {
  const items: T[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await ask(cursor);
    items.push(...answer.items);
    cursor = answer.next ?? undefined;
    if (cursor === undefined) break;
  }
  const last = items.at(-1);
  return { items, isCut: cursor !== undefined, oldest: last ? ("due_at" in last ? last.due_at : last.created_at) : 0 };
}

/** How long a planned run is drawn where nobody knows how long its job takes. */
const UNKNOWN_MS = 1_000;

/** Turn what happened into bars. One that waits for a slot is drawn when it runs. */
export function barsOf(happenings: Happenings, now: number): Bar[] {
  const ran = happenings.runs.flatMap((run): Bar[] => {
    if (run.started_at === null) return [];
    const isRunning = run.ended_at === null;
    const to = run.ended_at ?? Math.max(now, run.started_at);
    return [
      {
        key: run.id, jobId: run.job_id, from: run.started_at, to, late: null, kind: isRunning ? "running" : "ran",
        state: run.status, runId: run.id, reason: null,
      },
    ];
  });
  const planned = happenings.upcoming.flatMap((each): Bar[] => {
    if (each.will === "skip") return [];
    const expected = each.expected_ms ?? UNKNOWN_MS;
    return [
      {
        key: `${each.job_id} ${each.schedule} ${each.due_at}`, jobId: each.job_id, from: each.due_at, to: each.due_at + expected,
        late: each.p90_ms !== null && each.p90_ms > expected ? each.due_at + each.p90_ms : null,
        kind: "planned", state: each.will, runId: null, reason: each.reason,
      },
    ];
  });
  return [...ran, ...planned];
}

/** Turn due times without a run into marks. */
export function marksOf(happenings: Happenings): Mark[] {
  const was = happenings.gaps.map(
    (gap): Mark => ({
      key: `${gap.job_id} ${gap.schedule} ${gap.due_at}`, jobId: gap.job_id, at: gap.due_at,
      fate: gap.fate === "missed" ? "missed" : "skipped", reason: gap.reason, isPlanned: false,
    }),
  );
  const comes = happenings.upcoming
    .filter((each) => each.will === "skip" && each.reason !== "same_instant")
    .map(
      (each): Mark => ({
        key: `${each.job_id} ${each.schedule} ${each.due_at}`, jobId: each.job_id, at: each.due_at, fate: "skipped",
        reason: each.reason, isPlanned: true,
      }),
    );
  return [...was.filter((mark) => mark.reason !== "same_instant"), ...comes];
}
