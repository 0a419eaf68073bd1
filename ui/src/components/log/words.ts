/** What the viewer says: how an attempt ended, and why there is no output. */

import type { Attempt, TaskRun } from "@/api/schema";
import { formatDuration } from "@/lib/duration";
import { isOver } from "@/lib/status";

const SIGNALS: Record<number, string> = {
  1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 6: "ABRT", 7: "BUS", 8: "FPE", 9: "KILL", 11: "SEGV", 13: "PIPE", 14: "ALRM", 15: "TERM",
}; // prettier-ignore

/** `TERM`, or the number where it has no name here. */
export function signalName(signal: number): string {
  return SIGNALS[signal] ?? `signal ${signal}`;
}

/** How an attempt ended: `exit 1 after 1 m 12 s`, `killed by TERM (timeout 5 m) after 5 m 00 s`. Null while it runs. */
export function endOf(attempt: Attempt): string | null {
  if (attempt.status === "running") return null;
  const after = attempt.duration_ms === null ? "" : ` after ${formatDuration(attempt.duration_ms)}`;
  const cause = attempt.cause === null ? "" : ` (${causeWords(attempt.cause, attempt.error)})`;
  if (attempt.signal !== null) return `killed by ${signalName(attempt.signal)}${cause}${after}`;
  if (attempt.exit_code !== null) return `exit ${attempt.exit_code}${cause}${after}`;
  if (attempt.started_at === null && attempt.error !== null) return attempt.error;
  return `${attempt.error ?? attempt.status}${after}`;
}

const CAUSES: Record<string, string> = {
  timeout: "timeout",
  cancelled: "cancelled",
  lost: "lost while Petit was down",
  could_not_start: "could not start",
};

function causeWords(cause: string, error: string | null): string {
  const [, limit] = /^timed out after (.+)$/.exec(error ?? "") ?? [];
  if (cause === "timeout" && limit !== undefined) return `timeout ${limit}`;
  return CAUSES[cause] ?? cause.replaceAll("_", " ");
}

const RUNS_IF: Record<string, string> = {
  all_success: "it runs if all that it depends on completed",
  on_failure: "it runs if something that it depends on failed",
  all_done: "it runs once all that it depends on are over",
  one_success: "it runs if something that it depends on completed",
  none_failed: "it runs if nothing that it depends on failed",
};

/** Why a task did not run, in a sentence: the scheduler says `condition all_success: 'load' failed`. */
export function sayReason(status: string, reason: string | null): string {
  const word = status.slice(0, 1).toUpperCase() + status.slice(1);
  if (reason === null) return `${word}: its condition did not hold.`;
  const [, condition = "", fault = ""] = /^condition (\w+): (.+)$/.exec(reason) ?? [];
  const rule = RUNS_IF[condition];
  return rule === undefined ? `${word}: ${reason}.` : `${word}: ${fault}, and ${rule}.`;
}

/** What is said in place of output while there is no attempt. */
export function withoutAttempt(task: Pick<TaskRun, "status" | "reason" | "error">): string {
  if (task.status === "skipped") return sayReason("skipped", task.reason);
  if (task.status === "pending") return "Not started yet. Output appears here with its first byte.";
  if (isOver(task.status)) return `Never started: ${task.error ?? task.reason ?? task.status}.`;
  return "Starting. Output appears here with its first byte.";
}
