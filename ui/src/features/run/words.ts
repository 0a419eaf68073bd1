/** The picture in words: for its card, its table, and who does not see it. */

import type { Run } from "@/api/schema";
import { sayReason } from "@/components/log/words";
import { formatDuration, plural } from "@/lib/duration";
import { formatTime } from "@/lib/time";

import { workOf, type GanttRow, type Mark } from "./gantt";

/** One sentence about all of it. */
export function summary(run: Run, rows: readonly GanttRow[]): string {
  const counts = new Map<string, number>();
  for (const { task } of rows) counts.set(task.status, (counts.get(task.status) ?? 0) + 1);
  const parts = [...counts].map(([status, count]) => `${count} ${status}`);
  const took = run.duration_ms === null ? "" : `, ${formatDuration(run.duration_ms)} in all`;
  return `${plural(rows.length, "task")} over time${took}: ${parts.join(", ")}.`;
}

/** All about a row, in parts that `; ` separates. */
export function sayRow(row: GanttRow, zone: string, now: number): string {
  const { task } = row;
  const work = workOf(row);
  const parts = [
    `${task.task_id}, ${task.status}`,
    row.startedAt !== null && `started ${formatTime(row.startedAt, zone, now)}`,
    work > 0 && `ran ${formatDuration(work)}`,
    row.usualMs !== null && `usually ${formatDuration(row.usualMs)}`,
    task.attempts > 1 && plural(task.attempts, "attempt"),
    ...waitsOf(row),
    task.error,
    task.reason !== null && sayReason(task.status, task.reason),
  ];
  return parts.filter(Boolean).join("; ");
}

/** What a row waited for, longest first. */
export function waitsOf(row: GanttRow): string[] {
  return row.marks
    .filter((mark) => mark.kind === "dependency" || mark.kind === "slot" || mark.kind === "retry")
    .filter((mark) => mark.to > mark.from)
    .sort((a, b) => b.to - b.from - a.to + a.from)
    .map(sayWait);
}

function sayWait(mark: Mark): string {
  const took = formatDuration(mark.to - mark.from);
  const verb = mark.isOpen ? "waits" : "waited";
  if (mark.kind === "retry") return `${verb} ${took} to be tried again`;
  if (mark.kind === "slot") return `${verb} ${took} for a slot${mark.on === null ? "" : ` (${mark.on})`}`;
  return `${verb} ${took} for ${mark.on ?? "its dependencies"}`;
}
