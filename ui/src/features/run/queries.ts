/** What the page of a run asks. */

import { queryOptions } from "@tanstack/react-query";

import { get } from "@/api/client";
import { live } from "@/api/live/live";
import type { Attempt, PlanView } from "@/api/schema";

export interface AttemptsOfRun {
  readonly attempts: readonly Attempt[];
  readonly count: number;
}

export const attemptsQuery = (runId: string) =>
  queryOptions({
    queryKey: ["run", runId, "attempts"],
    queryFn: ({ signal }) => get("/api/runs/{run_id}/attempts", { path: { run_id: runId }, signal }),
    meta: live<AttemptsOfRun>({ refetch: (facts) => facts.touchesRun(runId) && facts.has("task_", "run_"), everyMs: 150 }),
  });

/** What the run is pinned to: it never changes but for how long its tasks usually take. */
export const planQuery = (runId: string) =>
  queryOptions({
    queryKey: ["run", runId, "plan"],
    queryFn: ({ signal }): Promise<PlanView> => get("/api/runs/{run_id}/plan", { path: { run_id: runId }, signal }),
  });
