/** The last runs of the jobs that are in view: one request for a window of rows. */

import { queryOptions } from "@tanstack/react-query";

import { send, urlOf } from "@/api/client";
import type { Facts } from "@/api/live/facts";
import { live } from "@/api/live/live";
import type { Run } from "@/api/schema";

import type { History, StripGap, StripRun } from "./strip";

/** What `GET /api/history` tells of one job. */
export interface JobHistory extends History {
  readonly job_id: string;
}

interface HistoryList {
  readonly history: readonly JobHistory[];
}

/** By job. Jobs without a single run are there too. */
export type Histories = ReadonlyMap<string, JobHistory>;

export const historyQuery = (jobIds: readonly string[], runs = 30) =>
  queryOptions({
    queryKey: ["history", runs, ...jobIds],
    queryFn: async ({ signal }): Promise<Histories> => {
      const url = urlOf("/api/history", { query: { jobs: jobIds.join(","), runs } });
      const list = (await (await send("GET", url, { signal })).json()) as HistoryList;
      return new Map(list.history.map((each) => [each.job_id, each]));
    },
    enabled: jobIds.length > 0,
    meta: live<Histories>({
      patch: (histories, facts) => patchHistories(histories, facts, runs),
      refetch: (facts) => facts.has("occurrence_", "run_") && jobIds.some((id) => facts.touchesJob(id) && !hasRun(facts, id)),
      everyMs: 5_000,
    }),
  });

function hasRun(facts: Facts, jobId: string): boolean {
  return [...facts.runs].some((run) => run.job_id === jobId);
}

/** Put runs that began or ended into the histories of their jobs. */
export function patchHistories(histories: Histories, facts: Facts, most: number): Histories {
  let patched: Map<string, JobHistory> | undefined;
  for (const run of facts.runs) {
    const known = (patched ?? histories).get(run.job_id);
    if (!known) continue;
    patched ??= new Map(histories);
    patched.set(run.job_id, { ...known, runs: withRun(known.runs, run, most) });
  }
  return patched ?? histories;
}

function withRun(runs: readonly StripRun[], run: Run, most: number): readonly StripRun[] {
  const at = runs.findIndex((each) => each.id === run.id);
  if (at >= 0) return runs.with(at, run);
  // Ids begin with the time: the newest is the greatest.
  return [run, ...runs].toSorted((a, b) => (a.id < b.id ? 1 : -1)).slice(0, most);
}

/** A due time without a run, as the ledger has it. */
export type { StripGap };
