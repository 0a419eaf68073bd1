/** What happened to a run, in one sentence. Names stand between backticks. */

import type { Attempt, Run, TaskRun, TaskView } from "@/api/schema";
import { signalName } from "@/components/log/words";
import { formatDuration, plural } from "@/lib/duration";
import { isBad, isOver } from "@/lib/status";

import type { Held } from "./held";

export interface Evidence {
  readonly run: Run;
  readonly tasks: readonly TaskRun[];
  readonly plan: readonly TaskView[];
  readonly attempts: readonly Attempt[];
  readonly now: number;
  /** What it waits for in the queue. */
  readonly held?: Held | null;
}

/** The task that failed first and made the run fail: what somebody wants to see. */
export function firstFailed(tasks: readonly TaskRun[], plan: readonly TaskView[]): TaskRun | undefined {
  const allowed = new Set(plan.filter((task) => task.allow_failure).map((task) => task.id));
  const bad = tasks.filter((task) => isBad(task.status));
  const counted = bad.filter((task) => !allowed.has(task.task_id));
  return earliest(counted.length > 0 ? counted : bad);
}

function earliest(tasks: readonly TaskRun[]): TaskRun | undefined {
  return tasks.reduce<TaskRun | undefined>(
    (first, task) => (first === undefined || (task.ended_at ?? Infinity) < (first.ended_at ?? Infinity) ? task : first),
    undefined,
  );
}

/** The task whose log is shown where nobody has chosen. */
export function taskToShow(run: Run, tasks: readonly TaskRun[], plan: readonly TaskView[]): TaskRun | undefined {
  const failed = firstFailed(tasks, plan);
  if (failed) return failed;
  const running = tasks.find((task) => task.status === "running" || task.status === "retrying");
  if (running) return running;
  const ended = tasks.filter((task) => task.started_at !== null && task.ended_at !== null);
  if (isOver(run.status) && ended.length > 0) return ended.reduce((last, task) => ((task.ended_at ?? 0) >= (last.ended_at ?? 0) ? task : last));
  return tasks[0];
}

/** All those that were skipped because of a task, directly or through others that were. */
export function skippedBecauseOf(taskId: string, tasks: readonly TaskRun[], plan: readonly TaskView[]): string[] {
  const status = new Map(tasks.map((task) => [task.task_id, task.status]));
  const reached = new Set([taskId]);
  // The plan is in topological order: one pass sees each task behind those that it depends on.
  for (const task of plan) {
    if (status.get(task.id) === "skipped" && task.depends_on.some((id) => reached.has(id))) reached.add(task.id);
  }
  reached.delete(taskId);
  return [...reached];
}

/** The sentence. */
export function verdict(evidence: Evidence): string {
  const { run, now } = evidence;
  const took = formatDuration(Math.max(0, (run.ended_at ?? now) - (run.started_at ?? run.created_at)));
  switch (run.status) {
    case "pending":
      return run.cancel_requested_at === null ? queuedWords(evidence, took) : "Queued, and being cancelled.";
    case "running":
      return runningWords(evidence, took);
    case "completed":
      return completedWords(evidence, took);
    case "cancelled":
      return cancelledWords(evidence, took);
    default:
      return badWords(evidence, took);
  }
}

function queuedWords({ run, held, now }: Evidence, took: string): string {
  if (run.run_at !== null && run.run_at > now) return `Queued: it starts in ${formatDuration(run.run_at - now)}.`;
  if (!held) return `Queued for ${took}: it starts when a slot is free.`;
  const [first] = held.holders;
  const who = first === undefined ? "" : ` by run \`${first.slice(-8)}\`${held.holders.length > 1 ? ` and ${held.holders.length - 1} more` : ""}`;
  return `Queued for ${took}: it waits for \`${held.limit}\`, ${held.used} of ${held.most} held${who}.`;
}

function runningWords({ run, tasks, plan }: Evidence, took: string): string {
  const active = tasks.filter((task) => task.status === "running");
  const again = tasks.filter((task) => task.status === "retrying");
  const over = tasks.filter((task) => isOver(task.status)).length;
  const failed = firstFailed(tasks, plan);
  const what = run.cancel_requested_at !== null ? "Being cancelled" : `Running for ${took}`;
  const who = active.length === 0 ? "" : active.length > 2 ? `: ${plural(active.length, "task")} at once` : `: ${names(active)}`;
  const retries = again.length === 0 ? "" : `; ${names(again)} ${again.length === 1 ? "waits" : "wait"} to be tried again`;
  const trouble = failed ? `; ${howItFailed(failed, [])}` : "";
  return `${what}${who}, ${over} of ${plural(tasks.length, "task")} over${retries}${trouble}.`;
}

function completedWords({ tasks }: Evidence, took: string): string {
  const ran = tasks.filter((task) => task.status !== "skipped");
  const retried = ran.filter((task) => task.status === "completed" && task.attempts > 1);
  const failed = ran.filter((task) => isBad(task.status));
  const skipped = tasks.length - ran.length;
  return [
    `Completed in ${took}: ${plural(ran.length, "task")}`,
    skipped > 0 && `${skipped} skipped`,
    retried.length === 1 && `\`${retried[0]?.task_id ?? ""}\` needed ${plural(retried[0]?.attempts ?? 0, "try", "tries")}`,
    retried.length > 1 && `${retried.length} needed more than one try`,
    failed.length > 0 && `${names(failed)} failed, which its file allows`,
  ]
    .filter(Boolean)
    .join("; ")
    .concat(".");
}

function cancelledWords({ run, tasks }: Evidence, took: string): string {
  const who = run.reason === null ? "" : ` (${bare(run.reason)})`;
  if (run.started_at === null) return `Cancelled in the queue after ${took}${who}.`;
  const ended = tasks.filter((task) => task.status === "cancelled" && task.attempts > 0);
  const never = tasks.filter((task) => task.status === "cancelled" && task.attempts === 0).length;
  const what = [ended.length > 0 && `${names(ended)} ${ended.length === 1 ? "was" : "were"} ended`, never > 0 && `${plural(never, "task")} never started`];
  const all = what.filter(Boolean).join(", ");
  return `Cancelled after ${took}${who}${all && `: ${all}`}.`;
}

function badWords({ run, tasks, plan, attempts }: Evidence, took: string): string {
  const word = run.status === "interrupted" ? "Interrupted" : "Failed";
  const first = firstFailed(tasks, plan);
  if (!first) return `${word} after ${took}${run.error === null ? "" : `: ${bare(run.error)}`}.`;
  const others = tasks.filter((task) => isBad(task.status) && task !== first).length;
  const skipped = skippedBecauseOf(first.task_id, tasks, plan).length;
  return [
    `${word}: ${howItFailed(first, attempts)}`,
    others > 0 && `${plural(others, "other task")} failed, too`,
    skipped > 0 && `${plural(skipped, "task")} skipped because of it`,
  ]
    .filter(Boolean)
    .join("; ")
    .concat(".");
}

function howItFailed(task: TaskRun, attempts: readonly Attempt[]): string {
  const tries = task.attempts > 1 ? ` after ${plural(task.attempts, "try", "tries")}` : "";
  const last = attempts.filter((each) => each.task_id === task.task_id).at(-1);
  return `\`${task.task_id}\` ${what(task, last?.cause ?? null)}${tries}`;
}

function what(task: TaskRun, cause: string | null): string {
  if (task.status === "interrupted") return "was lost while Petit was down";
  if (cause === "timeout") return bare(task.error ?? "timed out");
  if (cause === "could_not_start") return `could not start: ${bare(task.error ?? "")}`;
  if (task.signal !== null) return `was killed by ${signalName(task.signal)}`;
  if (task.exit_code !== null) return `exited ${task.exit_code}`;
  return `failed${task.error === null ? "" : `: ${bare(task.error)}`}`;
}

const bare = (text: string): string => text.replaceAll("`", "'").replace(/\.$/, "");

function names(tasks: readonly TaskRun[]): string {
  const shown = tasks.slice(0, 3).map((task) => `\`${task.task_id}\``);
  return tasks.length > 3 ? `${shown.join(", ")} and ${tasks.length - 3} more` : shown.join(" and ");
}
