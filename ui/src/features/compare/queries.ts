/** What the comparison asks beyond runs and tasks. */

import { queryOptions } from "@tanstack/react-query";

import { get } from "@/api/client";
import { live } from "@/api/live/live";

/** The text of a version of a job. It never changes. */
export const sourceQuery = (jobId: string, hash: string) =>
  queryOptions({
    queryKey: ["job", jobId, "definition", hash],
    queryFn: ({ signal }) => get("/api/jobs/{job_id}/definition", { path: { job_id: jobId }, query: { hash }, signal }),
  });

export const attemptsOfTaskQuery = (runId: string, taskId: string) =>
  queryOptions({
    queryKey: ["run", runId, "task", taskId, "attempts"],
    queryFn: ({ signal }) => get("/api/runs/{run_id}/tasks/{task_id}/attempts", { path: { run_id: runId, task_id: taskId }, signal }),
    meta: live({ refetch: (facts) => facts.touchesRun(runId) && facts.has("task_", "run_") }),
  });
