/** What the page of a job asks for: the grid of its runs, its days, its due times, its texts. */

import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";

import { get, send, urlOf } from "@/api/client";
import type { Facts } from "@/api/live/facts";
import { live } from "@/api/live/live";
import type { Days, OccurrencesPage, Run, UpcomingList } from "@/api/schema";

const COLUMNS = 50;

export interface GridTask {
  readonly id: string;
  readonly name: string;
  readonly gone: boolean;
}

/** Runs newest first; `cells` and `attempts` have a character for each run, in the same order. */
export interface GridPage {
  readonly job_id: string;
  readonly tasks: readonly GridTask[];
  readonly runs: readonly Run[];
  readonly cells: Readonly<Record<string, string>>;
  readonly attempts: Readonly<Record<string, string>>;
  readonly next_cursor?: string | null;
}

async function ask<T>(path: string, jobId: string, query: Readonly<Record<string, string | number | undefined>>, signal: AbortSignal): Promise<T> {
  const url = urlOf(path, { path: { job_id: jobId }, query });
  return (await (await send("GET", url, { signal })).json()) as T;
}

export const gridQuery = (jobId: string, runs = COLUMNS) =>
  infiniteQueryOptions({
    queryKey: ["job", jobId, "grid", runs],
    queryFn: ({ pageParam, signal }) => ask<GridPage>("/api/jobs/{job_id}/grid", jobId, { runs, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    meta: live<{ readonly pages: readonly GridPage[]; readonly pageParams: readonly unknown[] }>({
      patch: (data, facts) => {
        const [first, ...older] = data.pages;
        const patched = first && patchGrid(first, facts);
        return patched && patched !== first ? { ...data, pages: [patched, ...older] } : data;
      },
      // A new column, a new task: only the server knows where they go.
      refetch: (facts, data) =>
        facts.touchesJob(jobId) &&
        (facts.has("jobs_reloaded") || [...facts.runs].some((run) => run.job_id === jobId && !data.pages[0]?.runs.some((each) => each.id === run.id))),
      everyMs: 1_000,
    }),
  });

const CHARACTER: Readonly<Record<string, string>> = {
  completed: "c", failed: "f", interrupted: "i", cancelled: "x", skipped: "s", running: "r", retrying: "t", pending: "p",
};

/** Put what facts tell of runs and tasks into the cells that they are about. */
export function patchGrid(page: GridPage, facts: Facts): GridPage {
  const runs = page.runs.some((run) => facts.run(run.id)) ? page.runs.map((run) => facts.run(run.id) ?? run) : page.runs;
  let { cells, attempts } = page;
  for (const [column, run] of page.runs.entries()) {
    if (!facts.touchesRun(run.id)) continue;
    for (const { id } of page.tasks) {
      const task = facts.task(run.id, id);
      if (!task) continue;
      cells = { ...cells, [id]: withCharacter(cells[id], column, CHARACTER[task.status] ?? "-") };
      attempts = { ...attempts, [id]: withCharacter(attempts[id], column, task.attempts > 9 ? "+" : String(task.attempts)) };
    }
  }
  return runs === page.runs && cells === page.cells ? page : { ...page, runs, cells, attempts };
}

function withCharacter(row = "", column: number, character: string): string {
  const padded = row.padEnd(column, "-");
  return padded.slice(0, column) + character + padded.slice(column + 1);
}

// --- days

/** What happened on each day of a zone, from one to another. */
export const daysQuery = (jobId: string, zone: string, from: string, to: string) =>
  queryOptions({
    queryKey: ["job", jobId, "days", zone, from, to],
    queryFn: ({ signal }) => get("/api/jobs/{job_id}/days", { path: { job_id: jobId }, query: { zone, from, to }, signal }),
    placeholderData: keepPreviousData,
    meta: live<Days>({ refetch: (facts) => facts.touchesJob(jobId) && facts.has("run_", "occurrence_"), everyMs: 3_000 }),
  });

// --- due times

export const comingQuery = (jobId: string) =>
  queryOptions({
    queryKey: ["job", jobId, "upcoming"],
    queryFn: ({ signal }) => get("/api/upcoming", { query: { job: jobId, limit: 400 }, signal }),
    meta: live<UpcomingList>({ refetch: (facts) => facts.touchesJob(jobId) || facts.has("scheduler_", "jobs_reloaded"), everyMs: 5_000 }),
  });

/** The newest due times, or the newest within a time, and what became of them. */
export const dueQuery = (jobId: string, within: { readonly since?: number; readonly until?: number } = {}) =>
  queryOptions({
    queryKey: ["job", jobId, "due", within],
    queryFn: ({ signal }) => get("/api/jobs/{job_id}/occurrences", { path: { job_id: jobId }, query: { ...within, limit: 50 }, signal }),
    placeholderData: keepPreviousData,
    meta: live<OccurrencesPage>({ refetch: (facts) => facts.touchesJob(jobId) && facts.has("run_", "occurrence_"), everyMs: 3_000 }),
  });

// --- definitions

/** The text of a version; of the newest where none is named. */
export const definitionQuery = (jobId: string, hash?: string) =>
  queryOptions({
    queryKey: ["job", jobId, "definition", hash ?? "newest"],
    queryFn: ({ signal }) => get("/api/jobs/{job_id}/definition", { path: { job_id: jobId }, query: { hash }, signal }),
    ...(hash === undefined ? { meta: live<never>({ refetch: (facts) => facts.has("jobs_reloaded") }) } : {}),
  });
