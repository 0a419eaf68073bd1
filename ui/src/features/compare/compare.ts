/** Two runs beside each other: what each task took in both, and what else is not the same. Pure. */

import type { Run, TaskRun } from "@/api/schema";
import { formatDuration } from "@/lib/duration";

export interface Pair {
  readonly taskId: string;
  /** In the run that is looked at; null where it had no such task. */
  readonly now: TaskRun | null;
  /** In the one that it is compared with. */
  readonly before: TaskRun | null;
  /** Milliseconds that it took longer; null where one of them did not run. */
  readonly change: number | null;
}

/** The tasks of both, the largest change first; those that ran in one alone come before those without a difference. */
export function pairsOf(now: readonly TaskRun[], before: readonly TaskRun[]): Pair[] {
  const old = new Map(before.map((task) => [task.task_id, task]));
  const ids = [...now.map((task) => task.task_id), ...before.map((task) => task.task_id).filter((id) => !now.some((task) => task.task_id === id))];
  const fresh = new Map(now.map((task) => [task.task_id, task]));
  const pairs = ids.map((taskId): Pair => {
    const a = fresh.get(taskId) ?? null;
    const b = old.get(taskId) ?? null;
    const [one, other] = [tookOf(a), tookOf(b)];
    return { taskId, now: a, before: b, change: one === null || other === null ? null : one - other };
  });
  return pairs.sort((a, b) => weight(b) - weight(a));
}

/** What a task took; null where it did not run. */
export function tookOf(task: TaskRun | null): number | null {
  return task === null || task.attempts === 0 ? null : task.duration_ms;
}

function weight(pair: Pair): number {
  if (pair.now?.status !== pair.before?.status) return Infinity;
  return pair.change === null ? 0 : Math.abs(pair.change);
}

/** How long a bar is, as a share of the longest of all. */
export function shareOf(ms: number | null, pairs: readonly Pair[]): number {
  const longest = Math.max(1, ...pairs.flatMap((pair) => [tookOf(pair.now) ?? 0, tookOf(pair.before) ?? 0]));
  return ms === null ? 0 : Math.max(0.004, ms / longest);
}

/** `3.2 s longer`, `120 ms shorter`, `the same`. */
export function sayChange(change: number | null): string {
  if (change === null) return "–";
  if (change === 0) return "the same";
  return `${formatDuration(Math.abs(change))} ${change > 0 ? "longer" : "shorter"}`;
}

/** What happened, in a sentence. */
export function sayDifference(now: Run, before: Run, pairs: readonly Pair[]): string {
  const result = now.status === before.status ? `Both ${now.status}` : `This one ${now.status}, the other ${before.status}`;
  const took = now.duration_ms === null || before.duration_ms === null ? "" : `; it took ${sayChange(now.duration_ms - before.duration_ms)}`;
  const other = pairs.filter((pair) => pair.now?.status !== pair.before?.status).map((pair) => pair.taskId);
  const tasks = other.length === 0 ? "" : `; ${other.slice(0, 3).join(", ")}${other.length > 3 ? ` and ${other.length - 3} more` : ""} ended otherwise`;
  return `${result}${took.replace("it took the same", "in the same time")}${tasks}.`;
}

export interface Changed {
  readonly name: string;
  readonly now: string;
  readonly before: string;
}

/** Parameters that are not the same. */
export function changedParams(now: Run, before: Run): Changed[] {
  const names = [...new Set([...Object.keys(now.params), ...Object.keys(before.params)])].sort();
  const say = (value: unknown): string => (value === undefined ? "not given" : typeof value === "string" ? value : JSON.stringify(value));
  const a: Readonly<Record<string, unknown>> = now.params;
  const b: Readonly<Record<string, unknown>> = before.params;
  return names.map((name) => ({ name, now: say(a[name]), before: say(b[name]) })).filter((each) => each.now !== each.before);
}

export interface DiffLine {
  readonly kind: "same" | "added" | "removed";
  readonly text: string;
}

const MOST_LINES = 2_000;

/** Lines of two texts, those that only one has marked: the longest common ones stay. Null where they are too long. */
export function diffOf(before: string, now: string): DiffLine[] | null {
  const [a, b] = [before.split("\n"), now.split("\n")];
  if (a.length > MOST_LINES || b.length > MOST_LINES) return null;
  const width = b.length + 1;
  const common = new Uint16Array((a.length + 1) * width); // of what is left from here on
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      common[i * width + j] =
        a[i] === b[j] ? (common[(i + 1) * width + j + 1] ?? 0) + 1 : Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0);
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: "same", text: a[i] ?? "" });
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0))) {
      lines.push({ kind: "removed", text: a[i] ?? "" });
      i += 1;
    } else {
      lines.push({ kind: "added", text: b[j] ?? "" });
      j += 1;
    }
  }
  return lines;
}
