/** Rows as the API shows them, for tests: only what matters is said. */

import type { Attempt, Run, TaskRun, TaskView } from "@/api/schema";

export const ZERO = 1_767_225_600_000;

export function aRun(over: Partial<Run> = {}): Run {
  return {
    id: "019b76da-a800-7290-80ca-000000000000", job_id: "etl", status: "completed", created_at: ZERO, started_at: ZERO, ended_at: ZERO + 10_000,
    duration_ms: 10_000, error: null, reason: null, trigger: "manual", caller: null, schedule: null, scheduled_for: null, lag_ms: null,
    catchup: false, cancel_requested_at: null, params: {}, definition: "d", rerun_of: null, run_at: null, selected: null, executor: "local", ...over,
  }; // prettier-ignore
}

export function aTask(task_id: string, over: Partial<TaskRun> = {}): TaskRun {
  return {
    task_id, run_id: "r", status: "completed", attempts: 1, started_at: ZERO, ended_at: ZERO + 1_000, duration_ms: 1_000, error: null,
    reason: null, exit_code: 0, signal: null, executor: "local", outputs: null, reused_from: null, log: null, ...over,
  }; // prettier-ignore
}

export function anAttempt(task_id: string, number: number, from: number, to: number | null, over: Partial<Attempt> = {}): Attempt {
  return {
    id: `r/${task_id}/${number}`, task_id, number, status: to === null ? "running" : "completed", opened_at: ZERO + from, ready_at: ZERO + from,
    started_at: ZERO + from, ended_at: to === null ? null : ZERO + to, duration_ms: to === null ? null : to - from, error: null, cause: null,
    exit_code: to === null ? null : 0, signal: null, executor: "local", host: null, pid: null, waits: [], log: "", ...over,
  }; // prettier-ignore
}

export function aPlan(id: string, depends_on: readonly string[] = [], over: Partial<TaskView> = {}): TaskView {
  return {
    id, name: id, type: "command", command: "x", args: [], script: null, inline: false, working_dir: null, depends_on, condition: "all_success",
    timeout_ms: null, grace_ms: 10_000, retry: {}, allow_failure: false, on_interrupt: "fail", ...over,
  }; // prettier-ignore
}
