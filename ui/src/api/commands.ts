/** What can be asked of the scheduler that changes something. */

import { post, send, urlOf } from "./client";
import type { TriggerBody, TriggerResult } from "./schema";

/** Whatever a trigger may say, but to only tell what would be: that is answered in another form. */
export type Trigger = Omit<Partial<TriggerBody>, "dry_run">;

export function triggerJob(jobId: string, body: Trigger = {}): Promise<TriggerResult> {
  return post("/api/jobs/{job_id}/trigger", { path: { job_id: jobId }, body: body as TriggerBody }) as Promise<TriggerResult>;
}

/** What a pause may say; `until` in milliseconds since the epoch. */
export interface Pause {
  readonly reason: string | null;
  readonly until: number | null;
}

export async function pauseJob(jobId: string, body: Pause): Promise<void> {
  await post("/api/jobs/{job_id}/pause", { path: { job_id: jobId }, body });
}

export async function resumeJob(jobId: string): Promise<void> {
  await post("/api/jobs/{job_id}/resume", { path: { job_id: jobId } });
}

/** Run again: from the first failed task, from the start, or from a task. Returns the new run's id. */
export async function rerunRun(runId: string, from: string): Promise<string> {
  const response = await send("POST", urlOf("/api/runs/{run_id}/rerun", { path: { run_id: runId } }), { body: { from } });
  return ((await response.json()) as { readonly run_id: string }).run_id;
}
