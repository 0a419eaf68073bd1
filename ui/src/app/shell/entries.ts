import type { JobSummary, Run } from "@/api/schema";
import type { Action } from "@/lib/actions";
import { best } from "@/lib/rank";

/** What the palette can lead to. */
export type Entry =
  | { readonly kind: "action"; readonly id: string; readonly action: Action }
  | { readonly kind: "job"; readonly id: string; readonly job: JobSummary }
  | { readonly kind: "run"; readonly id: string; readonly run: Run };

export type Group = readonly [name: string, entries: readonly Entry[]];

/** Rows in all: more would be read by nobody and slow each key. */
export const MOST = 50;
const RUNS = 8;
const ACTIONS_FOUND = 12;

/** The best answers to what is typed. Nothing typed: what can be done here comes first; else what is most likely
 * meant, a job. */
export function answersOf(
  query: string,
  actions: readonly Action[],
  jobs: readonly JobSummary[],
  runs: readonly Run[],
): readonly Group[] {
  const isTyped = query.trim() !== "";
  const listed = actions.filter((action) => action.isKeyOnly !== true && action.id !== "palette");
  const things = best(query, listed, (action) => [action.name, action.group, action.words ?? ""], isTyped ? ACTIONS_FOUND : MOST);
  const foundRuns = best(query, runs, (run) => [run.job_id, run.id], Math.min(RUNS, MOST - things.length));
  const foundJobs = best(query, jobs, (job) => [job.id, job.name, ...job.tags], MOST - things.length - foundRuns.length);
  const toDo: Group = ["Do", things.map((action) => ({ kind: "action", id: `action ${action.id}`, action }))];
  const lately: Group = ["Recent runs", foundRuns.map((run) => ({ kind: "run", id: `run ${run.id}`, run }))];
  const known: Group = ["Jobs", foundJobs.map((job) => ({ kind: "job", id: `job ${job.id}`, job }))];
  return (isTyped ? [known, toDo, lately] : [toDo, lately, known]).filter(([, entries]) => entries.length > 0);
}
