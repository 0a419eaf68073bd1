/** What comes next, folded: a job that is due each minute must not fill the list. */

import type { Upcoming } from "@/api/schema";

export interface Coming {
  readonly first: Upcoming;
  /** Further due times of the same job in the stretch that was asked for. */
  readonly more: number;
}

/** One line for each job, the earliest first. Those that only share an instant with another schedule are left out. */
export function fold(upcoming: readonly Upcoming[], now: number): Coming[] {
  const lines = new Map<string, { first: Upcoming; more: number }>();
  for (const each of upcoming) {
    if (each.due_at < now - 1_000 || each.reason === "same_instant") continue;
    const line = lines.get(each.job_id);
    if (line) line.more += 1;
    else lines.set(each.job_id, { first: each, more: 0 });
  }
  return [...lines.values()].sort((a, b) => a.first.due_at - b.first.due_at);
}

/** Due times in so many equal parts of a stretch: the strip above the list. */
export function density(upcoming: readonly Upcoming[], from: number, to: number, parts: number): number[] {
  const counts = Array.from({ length: parts }, () => 0);
  for (const each of upcoming) {
    if (each.due_at < from || each.due_at >= to || each.will === "skip") continue;
    const part = Math.floor(((each.due_at - from) / (to - from)) * parts);
    counts[part] = (counts[part] ?? 0) + 1;
  }
  return counts;
}
