/** What a run in the queue waits for: the limit that is reached, and the runs that hold it. Pure. */

import type { JobDetail, Run, SchedulerState } from "@/api/schema";

export interface Held {
  /** The setting that is the limit. */
  readonly limit: "max_concurrency" | "max_jobs";
  readonly most: number;
  /** Ids of runs, those first that have held it longest. */
  readonly holders: readonly string[];
  readonly used: number;
}

/** The limit that holds a run back, its job's before the scheduler's; null where none is reached. */
export function heldBy(run: Run, job: Pick<JobDetail, "max_concurrency">, running: readonly Run[], limits: SchedulerState["limits"]): Held | null {
  const own = running.filter((each) => each.job_id === run.job_id && each.status === "running");
  const most = job.max_concurrency;
  if (most !== null && own.length >= most) {
    const holders = own.map((each) => each.id).sort(); // ids are in the order of making
    return { limit: "max_concurrency", most, holders, used: own.length };
  }
  const total = limits.find((each) => each.name === "max_jobs");
  const limit = total?.limit ?? Infinity;
  if (!total || total.used < limit) return null;
  return { limit: "max_jobs", most: limit, holders: total.holders, used: total.used };
}
