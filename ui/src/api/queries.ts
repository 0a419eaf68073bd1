/** What pages ask for, and what keeps it true. A query that one feature alone needs stands in that feature. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { get } from "./client";
import { ApiError } from "./errors";
import { live, runs as knownRuns, seenChange, tasks as knownTasks } from "./live/live";
import type { Facts } from "./live/facts";
import type { JobDetail, JobsPage, Run, RunsPage, SchedulerState, SessionView, TaskRun, TasksList } from "./schema";

/** Ask, and let nothing come back that is older than what facts have told meanwhile. */
export async function fresh<T>(ask: () => Promise<T>, newest: (answer: T, seen: number) => T): Promise<T> {
  const seen = seenChange();
  return newest(await ask(), seen);
}

export const newestRun = (run: Run, seen: number): Run => knownRuns.newest(run.id, run, seen);
export const newestTask = (task: TaskRun, seen: number): TaskRun =>
  knownTasks.newest(`${task.run_id} ${task.task_id}`, task, seen);

/** Replace the rows that facts have newer ones of; the same array where there are none. */
export function patchRuns(runs: readonly Run[], facts: Facts): readonly Run[] {
  return runs.some((run) => facts.run(run.id)) ? runs.map((run) => facts.run(run.id) ?? run) : runs;
}

// --- jobs

export const jobsQuery = () =>
  queryOptions({
    queryKey: ["jobs"],
    queryFn: ({ signal }) => get("/api/jobs", { signal }),
    meta: live<JobsPage>({
      patch: patchJobs,
      // Counts, medians and next times are the server's to say; last results come with the facts.
      refetch: (facts) => facts.has("run_", "job_", "jobs_reloaded", "occurrence_"),
      everyMs: 3_000,
    }),
  });

/** Show a run that began or ended as the last one of its job. */
export function patchJobs(page: JobsPage, facts: Facts): JobsPage {
  const newest = new Map<string, Run>();
  for (const run of facts.runs) {
    const other = newest.get(run.job_id);
    if (!other || run.created_at >= other.created_at) newest.set(run.job_id, run);
  }
  if (newest.size === 0) return page;
  return { ...page, jobs: page.jobs.map((job) => withLastRun(job, newest.get(job.id))) };
}

function withLastRun<J extends { readonly last_run: Run | null }>(job: J, run: Run | undefined): J {
  return run && (!job.last_run || run.created_at >= job.last_run.created_at) ? { ...job, last_run: run } : job;
}

export const jobQuery = (jobId: string) =>
  queryOptions({
    queryKey: ["job", jobId],
    queryFn: ({ signal }) => get("/api/jobs/{job_id}", { path: { job_id: jobId }, signal }),
    meta: live<JobDetail>({
      patch: (job, facts) => [...facts.runs].filter((run) => run.job_id === jobId).reduce(withLastRun, job),
      refetch: (facts) => facts.touchesJob(jobId) && facts.has("run_", "job_", "jobs_reloaded", "occurrence_"),
    }),
  });

// --- runs

/** What the list of runs can be asked with. */
export interface RunFilters {
  readonly job?: string | undefined;
  readonly status?: string | undefined;
  readonly trigger?: string | undefined;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly q?: string | undefined;
}

/** The newest runs, or those that were asked for; `limit` of them. */
export const runsQuery = (filters: RunFilters = {}, limit = 20) =>
  queryOptions({
    queryKey: ["runs", filters, limit],
    queryFn: ({ signal }) =>
      fresh(
        () => get("/api/runs", { query: { ...filters, limit } as never, signal }),
        (page, seen) => ({ ...page, runs: page.runs.map((run) => newestRun(run, seen)) }),
      ),
    meta: live<RunsPage>({
      patch: (page, facts) => {
        const runs = patchRuns(page.runs, facts);
        return runs === page.runs ? page : { ...page, runs };
      },
      refetch: (facts) => facts.movesRuns && (filters.job === undefined || facts.touchesJob(filters.job)),
    }),
  });

/** All runs, page by page, for a list that is scrolled. */
export const runPagesQuery = (filters: RunFilters = {}, limit = 100) =>
  infiniteQueryOptions({
    queryKey: ["runs", "pages", filters, limit],
    queryFn: ({ pageParam, signal }) =>
      fresh(
        () => get("/api/runs", { query: { ...filters, limit, cursor: pageParam } as never, signal }),
        (page, seen) => ({ ...page, runs: page.runs.map((run) => newestRun(run, seen)) }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    meta: live<{ readonly pages: readonly RunsPage[]; readonly pageParams: readonly unknown[] }>({
      patch: (data, facts) => {
        const pages = data.pages.map((page) => {
          const runs = patchRuns(page.runs, facts);
          return runs === page.runs ? page : { ...page, runs };
        });
        return pages.some((page, at) => page !== data.pages[at]) ? { ...data, pages } : data;
      },
    }),
  });

export const runQuery = (runId: string) =>
  queryOptions({
    queryKey: ["run", runId],
    queryFn: ({ signal }) =>
      fresh(() => get("/api/runs/{run_id}", { path: { run_id: runId }, signal }), newestRun),
    meta: live<Run>({
      patch: (run, facts) => facts.run(runId) ?? run,
      refetch: (facts) => facts.touchesRun(runId) && facts.has("run_") && !facts.run(runId),
    }),
  });

export const tasksQuery = (runId: string) =>
  queryOptions({
    queryKey: ["run", runId, "tasks"],
    queryFn: ({ signal }) =>
      fresh(
        () => get("/api/runs/{run_id}/tasks", { path: { run_id: runId }, signal }),
        (list, seen) => ({ ...list, tasks: list.tasks.map((task) => newestTask(task, seen)) }),
      ),
    meta: live<TasksList>({
      patch: (list, facts) =>
        facts.touchesRun(runId)
          ? { ...list, tasks: list.tasks.map((task) => facts.task(runId, task.task_id) ?? task) }
          : list,
      // The end of a run may cancel or skip tasks that nothing else is told of.
      refetch: (facts) => facts.touchesRun(runId) && (facts.has("run_") || facts.all.some((fact) => fact.task_id && !fact.task)),
    }),
  });

// --- the scheduler

export const schedulerQuery = () =>
  queryOptions({
    queryKey: ["scheduler"],
    queryFn: ({ signal }) => get("/api/scheduler/state", { signal }),
    meta: live<SchedulerState>({
      refetch: (facts) => facts.has("run_", "scheduler_", "jobs_reloaded", "task_"),
      everyMs: 1_000,
    }),
  });

/** Who is calling. Null: nobody whom the scheduler knows. */
export const sessionQuery = () =>
  queryOptions({
    queryKey: ["session"],
    queryFn: async ({ signal }): Promise<SessionView | null> => {
      try {
        return await get("/api/session", { signal });
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }
    },
  });
