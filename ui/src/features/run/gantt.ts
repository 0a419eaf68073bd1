/** The picture of a run over time: what each task did and waited for, and where that is on the axis. Pure. */

import type { Attempt, Run, TaskRun, TaskView } from "@/api/schema";
import { isOver, type Status } from "@/lib/status";

export type MarkKind = "dependency" | "slot" | "retry" | "run" | "stopping" | "skipped" | "ghost";

export interface Mark {
  readonly kind: MarkKind;
  readonly from: number;
  readonly to: number;
  readonly status: Status;
  /** Number of the attempt. */
  readonly attempt: number | null;
  /** What was waited for. */
  readonly on: string | null;
  /** It goes on: `to` is now. */
  readonly isOpen: boolean;
}

export interface GanttRow {
  readonly task: TaskRun;
  readonly marks: readonly Mark[];
  /** The median of the last completed runs, where it runs now. */
  readonly usualMs: number | null;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

export interface GanttInput {
  readonly run: Run;
  readonly tasks: readonly TaskRun[];
  readonly attempts: readonly Attempt[];
  readonly plan: readonly TaskView[];
  readonly usualMs: Readonly<Record<string, number>>;
  readonly now: number;
}

export type Order = "topological" | "start" | "longest";

/** The rows, in the order of the run's plan. */
export function rowsOf(input: GanttInput): GanttRow[] {
  const { run, tasks, usualMs } = input;
  if (run.status === "pending") return ghosts(input);
  const attempts = new Map<string, Attempt[]>();
  for (const attempt of input.attempts) {
    const own = attempts.get(attempt.task_id);
    if (own) own.push(attempt);
    else attempts.set(attempt.task_id, [attempt]);
  }
  const plan = new Map(input.plan.map((task) => [task.id, task]));
  return tasks.map((task) => {
    const own = attempts.get(task.task_id) ?? [];
    const marks = marksOf(task, own, plan.get(task.task_id), input);
    const isActive = task.status === "running" && own.at(-1)?.started_at !== null;
    return {
      task,
      marks,
      usualMs: isActive ? (usualMs[task.task_id] ?? null) : null,
      startedAt: own.find((attempt) => attempt.started_at !== null)?.started_at ?? null,
      endedAt: task.ended_at,
    };
  });
}

function marksOf(task: TaskRun, attempts: readonly Attempt[], plan: TaskView | undefined, { run, now }: GanttInput): Mark[] {
  const marks: Mark[] = [];
  for (const attempt of attempts) {
    for (const wait of attempt.waits) {
      marks.push({ kind: wait.kind, from: wait.since, to: wait.until ?? now, status: task.status, attempt: attempt.number, on: wait.on, isOpen: wait.until === null });
    }
    if (attempt.started_at !== null) marks.push(...ranMarks(attempt, attempt.started_at, run, plan, now));
    else if (attempt.ended_at !== null) marks.push(neverStarted(attempt, attempt.ended_at));
  }
  const last = attempts.at(-1);
  if (task.status === "skipped" && task.ended_at !== null) {
    marks.push({ kind: "skipped", from: task.ended_at, to: task.ended_at, status: "skipped", attempt: null, on: task.reason, isOpen: false });
  } else if (task.status === "pending" && !last && run.started_at !== null && (plan?.depends_on.length ?? 0) > 0) {
    marks.push({ kind: "dependency", from: run.started_at, to: now, status: "pending", attempt: null, on: null, isOpen: true });
  } else if (task.status === "retrying" && last?.ended_at) {
    marks.push({ kind: "retry", from: last.ended_at, to: now, status: "retrying", attempt: last.number + 1, on: null, isOpen: true });
  }
  return marks;
}

function neverStarted({ status, number }: Attempt, at: number): Mark {
  return { kind: "run", from: at, to: at, status, attempt: number, on: null, isOpen: false };
}

/** The bar of an attempt; from the moment on that it was told to stop, it is stopping. */
function ranMarks(attempt: Attempt, from: number, run: Run, plan: TaskView | undefined, now: number): Mark[] {
  const to = attempt.ended_at ?? now;
  const mark = { status: attempt.status as Status, attempt: attempt.number, on: null, isOpen: attempt.ended_at === null };
  const timeout = plan?.timeout_ms == null ? Infinity : from + plan.timeout_ms;
  const told = Math.max(from, Math.min(run.cancel_requested_at ?? Infinity, timeout));
  if (told >= to) return [{ ...mark, kind: "run", from, to }];
  return [
    { ...mark, kind: "run", from, to: told, isOpen: false },
    { ...mark, kind: "stopping", from: told, to },
  ];
}

const GUESS_MS = 10_000;

/** What is to come, as the plan and the usual durations tell: for a run that waits in the queue. */
function ghosts({ run, tasks, plan, usualMs }: GanttInput): GanttRow[] {
  const byId = new Map(plan.map((task) => [task.id, task]));
  const ends = new Map<string, number>();
  return tasks.map((task) => {
    const from = Math.max(run.created_at, ...(byId.get(task.task_id)?.depends_on ?? []).map((id) => ends.get(id) ?? run.created_at));
    const to = from + (usualMs[task.task_id] ?? GUESS_MS);
    ends.set(task.task_id, to);
    const mark: Mark = { kind: "ghost", from, to, status: "pending", attempt: null, on: null, isOpen: false };
    return { task, marks: [mark], usualMs: null, startedAt: null, endedAt: null };
  });
}

/** Sort rows; equal ones stay as they were. */
export function ordered(rows: readonly GanttRow[], order: Order): GanttRow[] {
  if (order === "start") return [...rows].sort((a, b) => (a.startedAt ?? a.endedAt ?? Infinity) - (b.startedAt ?? b.endedAt ?? Infinity));
  if (order === "longest") return [...rows].sort((a, b) => workOf(b) - workOf(a));
  return [...rows];
}

/** How long a task ran, all attempts together. */
export function workOf(row: GanttRow): number {
  return row.marks.reduce((sum, mark) => (mark.kind === "run" || mark.kind === "stopping" ? sum + mark.to - mark.from : sum), 0);
}

// --- the axis

export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly x0: number;
  readonly x1: number;
  /** Nothing happened for long: drawn as a break. */
  readonly isFold: boolean;
}

export interface Axis {
  readonly zero: number;
  readonly end: number;
  /** What still runs has come this far. */
  readonly now: number;
  readonly stretches: readonly Stretch[];
  /** Where a moment is, in pixels. */
  x(at: number): number;
}

const FOLD_SHARE = 0.4;
export const FOLD_WIDTH = 36;

/** Lay out time from the start of the run on. */
export function axisOf(rows: readonly GanttRow[], run: Run, now: number, width: number): Axis {
  const ends = rows.flatMap((row) => row.marks.map((mark) => mark.to));
  const zero = run.started_at ?? run.created_at;
  const isActive = run.status === "running";
  const expected = rows.map((row) => (row.usualMs !== null && row.startedAt !== null ? row.startedAt + row.usualMs : 0));
  const latest = Math.max(zero + 1, run.ended_at ?? 0, ...ends, isActive ? now : 0);
  // The usual end of what runs is in the picture, unless it is far beyond.
  const end = Math.max(latest, ...expected.filter((at) => at - zero < 4 * (latest - zero)));
  const folds = idle(rows, zero, end).filter(([from, to]) => to - from > FOLD_SHARE * (end - zero));
  const shown = end - zero - folds.reduce((sum, [from, to]) => sum + to - from, 0);
  const perMs = Math.max(1, width - folds.length * FOLD_WIDTH) / Math.max(1, shown);
  const stretches: Stretch[] = [];
  let at = zero;
  let x = 0;
  const put = (to: number, isFold: boolean) => {
    const wide = isFold ? FOLD_WIDTH : (to - at) * perMs;
    if (to > at) stretches.push({ from: at, to, x0: x, x1: x + wide, isFold });
    x += to > at ? wide : 0;
    at = Math.max(at, to);
  };
  for (const [from, to] of folds) {
    put(from, false);
    put(to, true);
  }
  put(end, false);
  return { zero, end, now: latest, stretches, x: (moment) => place(stretches, moment) };
}

function place(stretches: readonly Stretch[], moment: number): number {
  for (const { from, to, x0, x1 } of stretches) {
    if (moment <= to) return x0 + ((x1 - x0) * Math.max(0, moment - from)) / Math.max(1, to - from);
  }
  return stretches.at(-1)?.x1 ?? 0;
}

const ACTIVE: ReadonlySet<MarkKind> = new Set<MarkKind>(["run", "stopping", "ghost"]);

/** Stretches in which nothing runs. */
function idle(rows: readonly GanttRow[], zero: number, end: number): [number, number][] {
  const active = rows.flatMap((row) => row.marks.filter((mark) => ACTIVE.has(mark.kind)).map((mark) => [mark.from, mark.to] as const));
  active.sort((a, b) => a[0] - b[0]);
  const gaps: [number, number][] = [];
  let at = zero;
  for (const [from, to] of active) {
    if (from > at) gaps.push([at, from]);
    at = Math.max(at, to);
  }
  if (end > at) gaps.push([at, end]);
  return gaps;
}

const NICE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 10e3, 15e3, 30e3, 60e3, 120e3, 300e3, 600e3, 900e3, 1_800e3, 3_600e3, 7_200e3, 14_400e3, 28_800e3, 86_400e3];

/** Round moments since the start, about one each 100 pixels; those in a fold are left out. */
export function ticksOf(axis: Axis): number[] {
  const drawn = axis.stretches.filter((each) => !each.isFold);
  const ms = drawn.reduce((sum, each) => sum + each.to - each.from, 0);
  const width = drawn.reduce((sum, each) => sum + each.x1 - each.x0, 0);
  const wanted = (ms / Math.max(1, width)) * 100;
  const step = NICE.find((each) => each >= wanted) ?? Math.ceil(wanted / 86_400e3) * 86_400e3;
  return drawn.flatMap(({ from, to }) => {
    const first = Math.ceil((from - axis.zero) / step);
    const last = Math.floor((to - axis.zero) / step);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => (first + index) * step);
  });
}

const LEAST_BAR = 3;

/** Where a mark is drawn; null for a wait that is too short to be seen. */
export function spanOf(mark: Mark, axis: Axis): { x: number; width: number } | null {
  const x = axis.x(mark.from);
  const width = axis.x(mark.to) - x;
  if (mark.kind === "skipped") return { x, width: 0 };
  if (width < LEAST_BAR && mark.kind !== "run" && mark.kind !== "stopping") return null;
  return { x, width: Math.max(LEAST_BAR, width) };
}

/** Say whether a run's tasks still move. */
export function isMoving(run: Run): boolean {
  return !isOver(run.status);
}
