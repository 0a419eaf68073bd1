/** Where a row of "Needs attention" leads, and what it says. */

import type { AttentionItem } from "@/api/schema";
import { ordinal, plural } from "@/lib/duration";

/** "5th failure since" and "failed at": how bad it is, in front of a time. */
export function sayEpisode(item: Pick<AttentionItem, "kind" | "failures" | "run" | "missed">): string {
  if (item.kind === "missed") {
    const count = item.missed?.count ?? 1;
    return count > 1 ? `missed ${plural(count, "due time")} since` : "missed";
  }
  const verb = item.run?.status === "interrupted" ? "interruption" : "failure";
  if (item.failures > 1) return `${ordinal(item.failures)} ${verb} since`;
  return item.run?.status === "interrupted" ? "was interrupted" : "failed";
}

/** The search of the run's page that shows the failing line. */
export function failingLine(item: Pick<AttentionItem, "task_id" | "attempt" | "stream" | "offset">): Record<string, string> {
  const search: Record<string, string> = {};
  if (item.task_id !== null) search.task = item.task_id;
  if (item.attempt !== null) search.attempt = String(item.attempt);
  if (item.stream !== null) search.stream = item.stream;
  if (item.offset !== null) search.at = String(item.offset);
  return search;
}
