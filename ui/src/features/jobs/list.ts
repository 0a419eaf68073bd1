/** Which jobs are shown, and in which order: pure, so that five thousand of them can be tried. */

import type { JobSummary } from "@/api/schema";
import { isBad } from "@/lib/status";

export type Job = JobSummary;

export type State = "failing" | "running" | "paused" | "disabled" | "stale" | "manual";

export const STATES: readonly { readonly value: State; readonly name: string }[] = [
  { value: "failing", name: "last run failed" },
  { value: "running", name: "running" },
  { value: "paused", name: "paused" },
  { value: "disabled", name: "disabled" },
  { value: "stale", name: "stale" },
  { value: "manual", name: "by hand only" },
];

const IS: Record<State, (job: Job) => boolean> = {
  failing: (job) => job.last_run !== null && isBad(job.last_run.status),
  running: (job) => job.running_runs > 0,
  paused: (job) => job.paused,
  disabled: (job) => !job.enabled,
  stale: (job) => job.stale,
  manual: (job) => !job.scheduled,
};

export interface Filter {
  readonly q?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly states?: readonly string[] | undefined;
}

/** Every word must be in the id, the name, the description or a tag; one of the tags and one of the states must fit. */
export function filterJobs(jobs: readonly Job[], { q, tags = [], states = [] }: Filter): readonly Job[] {
  const words = (q ?? "").toLowerCase().split(/\s+/).filter((word) => word !== "");
  if (words.length === 0 && tags.length === 0 && states.length === 0) return jobs;
  return jobs.filter((job) => {
    if (tags.length > 0 && !tags.some((tag) => job.tags.includes(tag))) return false;
    if (states.length > 0 && !STATES.some(({ value }) => states.includes(value) && IS[value](job))) return false;
    if (words.length === 0) return true;
    const text = `${job.id} ${job.name} ${job.description} ${job.tags.join(" ")}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** What a column sorts by; null stands for nothing, which comes last either way. */
const BY: Record<string, (job: Job) => number | string | null> = {
  name: (job) => job.id,
  last: (job) => job.last_run?.started_at ?? job.last_run?.created_at ?? null,
  next: (job) => job.next_run_at,
  success: (job) => job.success_rate,
  median: (job) => job.median_ms,
};

export const SORTS = Object.keys(BY).flatMap((key) => [key, `-${key}`]);

/** `sort` is a key of `BY`, with a `-` before it for the other way round. Those that are alike stay by id. */
export function sortJobs(jobs: readonly Job[], sort: string): readonly Job[] {
  const way = sort.startsWith("-") ? -1 : 1;
  const by = BY[sort.replace(/^-/, "")];
  if (!by || sort === "name") return jobs; // the scheduler's own order
  return jobs.toSorted((a, b) => {
    const [one, other] = [by(a), by(b)];
    if (one === other) return a.id < b.id ? -1 : 1;
    if (one === null) return 1;
    if (other === null) return -1;
    return one < other ? -way : way;
  });
}

/** All tags, the most used first. */
export function tagsOf(jobs: readonly Job[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const job of jobs) for (const tag of job.tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([tag]) => tag);
}

/** The jobs whose histories are asked for together with that of one: a window of rows is one request. */
export function windowOf(ids: readonly string[], at: number, size: number): readonly string[] {
  const first = Math.floor(at / size) * size;
  return ids.slice(first, first + size);
}
