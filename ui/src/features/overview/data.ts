/** What the overview asks for: who needs somebody, what runs, what comes next. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { get } from "@/api/client";
import { live } from "@/api/live/live";
import { fresh, newestRun } from "@/api/queries";
import type { AttentionList, Run, RunsPage, UpcomingList } from "@/api/schema";

const RUNNING = 50;
const NEXT = 200;
/** The stretch of the strip above the list of what comes next. */
export const STRIP_MS = 6 * 3_600_000;

export const attentionQuery = () =>
  queryOptions({
    queryKey: ["attention"],
    queryFn: ({ signal }) => get("/api/attention", { signal }),
    meta: live<AttentionList>({
      refetch: (facts) => facts.has("run_completed", "run_failed", "run_interrupted", "run_cancelled", "occurrence_", "jobs_reloaded"),
      everyMs: 1_000,
    }),
  });

/** Runs that are going or waiting, the newest first. */
export const activeRunsQuery = () =>
  queryOptions({
    queryKey: ["runs", "active"],
    queryFn: ({ signal }) =>
      fresh(
        () => get("/api/runs", { query: { status: ["running", "pending"], limit: RUNNING }, signal }),
        (page, seen) => ({ ...page, runs: page.runs.map((run) => newestRun(run, seen)) }),
      ),
    meta: live<RunsPage>({
      patch: (page, facts) => {
        const changed = [...facts.runs];
        if (changed.length === 0) return page;
        const ids = new Set(changed.map((run) => run.id));
        const runs = [...changed.filter(isActive), ...page.runs.filter((run) => !ids.has(run.id))];
        return { ...page, runs: runs.toSorted((a, b) => (a.id < b.id ? 1 : -1)) };
      },
      // The page holds the newest; when some of them end, older ones move up.
      refetch: (facts, page) => facts.movesRuns && (page.next_cursor != null || [...facts.runs].length === 0),
      everyMs: 2_000,
    }),
  });

function isActive(run: Run): boolean {
  return run.status === "running" || run.status === "pending";
}

export const nextQuery = (until: number) =>
  queryOptions({
    queryKey: ["upcoming", until],
    queryFn: ({ signal }) => get("/api/upcoming", { query: { until, limit: NEXT }, signal }),
    placeholderData: keepPreviousData,
    meta: live<UpcomingList>({
      refetch: (facts) => facts.has("run_started", "job_", "jobs_reloaded", "occurrence_", "scheduler_"),
      everyMs: 5_000,
    }),
  });
