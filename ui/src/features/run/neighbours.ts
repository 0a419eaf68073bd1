/** The runs beside a run: asked for when somebody goes there. */

import { get } from "@/api/client";
import type { Run } from "@/api/schema";

const MINUTE = 60_000;

/** The run of the same job before this one. */
export async function olderRun(run: Run): Promise<Run | undefined> {
  const page = await get("/api/runs", { query: { job: run.job_id, until: run.created_at, limit: 1 } });
  return page.runs[0];
}

/** The run of the same job after this one. Runs come newest first, so it is looked for in ever wider windows. */
export async function newerRun(run: Run, now: number): Promise<Run | undefined> {
  for (let width = MINUTE; ; width *= 8) {
    const until = run.created_at + width;
    const found = await lastOf(run, until);
    if (found || until > now) return found;
  }
}

async function lastOf(run: Run, until: number): Promise<Run | undefined> {
  let last: Run | undefined;
  let cursor: string | null | undefined;
  do {
    const page = await get("/api/runs", { query: { job: run.job_id, since: run.created_at, until, limit: 100, cursor } });
    last = page.runs.filter((each) => each.id > run.id).at(-1) ?? last;
    cursor = page.next_cursor;
  } while (cursor);
  return last;
}

/** The last run of the job before this one that went well. */
export async function lastGood(run: Run): Promise<Run | undefined> {
  const page = await get("/api/runs", { query: { job: run.job_id, status: ["completed"], until: run.created_at, limit: 1 } as never });
  return page.runs[0];
}
