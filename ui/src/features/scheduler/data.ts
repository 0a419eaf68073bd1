/** What the page of the scheduler asks for beside its state. */

import { queryOptions } from "@tanstack/react-query";

import { send } from "@/api/client";
import { ApiError } from "@/api/errors";
import { live } from "@/api/live/live";
import type { AuditView, CallsPage, Readiness } from "@/api/schema";

/** The checks, whatever they say: a scheduler that is not ready answers 503 with the same members. */
export const readyQuery = () =>
  queryOptions({
    queryKey: ["ready"],
    queryFn: async ({ signal }): Promise<Readiness> => {
      try {
        return (await (await send("GET", "/api/health/ready", { signal })).json()) as Readiness;
      } catch (error) {
        if (error instanceof ApiError && error.status === 503 && "checks" in error.problem) return error.problem as unknown as Readiness;
        throw error;
      }
    },
    meta: live<Readiness>({ refetch: (facts) => facts.has("scheduler_", "run_failed", "health_"), everyMs: 5_000 }),
  });

/** The newest changing calls; null where this caller may not see them. */
export const auditQuery = () =>
  queryOptions({
    queryKey: ["audit"],
    queryFn: async ({ signal }): Promise<readonly AuditView[] | null> => {
      try {
        const page = (await (await send("GET", "/api/audit?limit=50", { signal })).json()) as CallsPage;
        return page.calls;
      } catch (error) {
        if (error instanceof ApiError && error.status === 403) return null;
        throw error;
      }
    },
    meta: live<readonly AuditView[] | null>({ refetch: (facts) => facts.has("run_", "scheduler_", "job_", "jobs_"), everyMs: 5_000 }),
  });
