import { describe, expect, it } from "vitest";

import { criticalPath, lineOfPath } from "./critical";
import { anAttempt, aPlan, aRun, aTask, ZERO } from "./fixtures";
import { axisOf, FOLD_WIDTH, ordered, rowsOf, spanOf, ticksOf, type GanttInput, type MarkKind } from "./gantt";

const input = (over: Partial<GanttInput>): GanttInput => ({ run: aRun(), tasks: [], attempts: [], plan: [], usualMs: {}, now: ZERO + 10_000, ...over });

/** The marks of the one task, as `kind from-to`, in seconds. */
function marks(over: Partial<GanttInput>): string[] {
  const [row] = rowsOf(input(over));
  return row!.marks.map((mark) => `${mark.kind} ${(mark.from - ZERO) / 1000}-${(mark.to - ZERO) / 1000}${mark.isOpen ? "…" : ""}`);
}

describe("marks", () => {
  it("each attempt has its bar, and what it waited for", () => {
    const waits = [{ kind: "dependency", since: ZERO, until: ZERO + 1_000, on: "a" }, { kind: "slot", since: ZERO + 1_000, until: ZERO + 2_000, on: "max_tasks" }] as const;
    const attempts = [
      anAttempt("b", 1, 2_000, 3_000, { waits, status: "failed" }),
      anAttempt("b", 2, 5_000, 6_000, { waits: [{ kind: "retry", since: ZERO + 3_000, until: ZERO + 5_000, on: null }] }),
    ];
    expect(marks({ tasks: [aTask("b", { attempts: 2 })], attempts })).toEqual(["dependency 0-1", "slot 1-2", "run 2-3", "retry 3-5", "run 5-6"]);
  });
  it("what runs goes on until now", () => {
    expect(marks({ run: aRun({ status: "running", ended_at: null }), tasks: [aTask("a", { status: "running" })], attempts: [anAttempt("a", 1, 0, null)] })).toEqual(["run 0-10…"]);
  });
  it("a wait that goes on does so until now", () => {
    const waits = [{ kind: "slot", since: ZERO + 4_000, until: null, on: null }] as const;
    expect(marks({ tasks: [aTask("a", { status: "pending" })], attempts: [anAttempt("a", 1, 4_000, null, { waits, started_at: null })] })).toEqual(["slot 4-10…"]);
  });
  it("what retries waits until now for its next attempt", () => {
    expect(marks({ tasks: [aTask("a", { status: "retrying" })], attempts: [anAttempt("a", 1, 0, 3_000, { status: "failed" })] })).toEqual(["run 0-3", "retry 3-10…"]);
  });
  it("what has not begun waits for its dependencies", () => {
    expect(marks({ tasks: [aTask("b", { status: "pending", started_at: null })], plan: [aPlan("b", ["a"])] })).toEqual(["dependency 0-10…"]);
  });
  it("from the cancellation on it is stopping", () => {
    const run = aRun({ cancel_requested_at: ZERO + 4_000 });
    expect(marks({ run, tasks: [aTask("a", { status: "cancelled" })], attempts: [anAttempt("a", 1, 1_000, 6_000)] })).toEqual(["run 1-4", "stopping 4-6"]);
  });
  it("from its timeout on it is stopping", () => {
    const plan = [aPlan("a", [], { timeout_ms: 2_000 })];
    expect(marks({ plan, tasks: [aTask("a")], attempts: [anAttempt("a", 1, 1_000, 6_000)] })).toEqual(["run 1-3", "stopping 3-6"]);
  });
  it("a skipped one has a mark where that was decided", () => {
    expect(marks({ tasks: [aTask("a", { status: "skipped", ended_at: ZERO + 3_000 })] })).toEqual(["skipped 3-3"]);
  });
  it("a queued run shows what is to come", () => {
    const run = aRun({ status: "pending", started_at: null, ended_at: null });
    const tasks = [aTask("a", { status: "pending" }), aTask("b", { status: "pending" })];
    const rows = rowsOf(input({ run, tasks, plan: [aPlan("a"), aPlan("b", ["a"])], usualMs: { a: 2_000 } }));
    expect(rows.map((row) => row.marks.map((mark) => [mark.kind, mark.from - ZERO, mark.to - ZERO]))).toEqual([[["ghost", 0, 2_000]], [["ghost", 2_000, 12_000]]]);
  });
});

describe("order", () => {
  const rows = rowsOf(input({ tasks: [aTask("a"), aTask("b"), aTask("c")], attempts: [anAttempt("a", 1, 5_000, 6_000), anAttempt("b", 1, 0, 5_000), anAttempt("c", 1, 2_000, 9_000)] }));
  it.each([
    ["topological", "abc"],
    ["start", "bca"],
    ["longest", "cba"],
  ] as const)("%s", (order, ids) => expect(ordered(rows, order).map((row) => row.task.task_id).join("")).toBe(ids));
});

describe("the axis", () => {
  const axisFor = (bars: [number, number][], width = 1_000) => {
    const tasks = bars.map((_, index) => aTask(`t${index}`));
    const attempts = bars.map(([from, to], index) => anAttempt(`t${index}`, 1, from, to));
    const run = aRun({ ended_at: ZERO + Math.max(...bars.map((bar) => bar[1])) });
    return axisOf(rowsOf(input({ run, tasks, attempts })), run, ZERO, width);
  };
  it("is straight where something always runs", () => {
    const axis = axisFor([[0, 5_000], [4_000, 10_000]]);
    expect([0, 5_000, 10_000].map((ms) => axis.x(ZERO + ms))).toEqual([0, 500, 1_000]);
    expect(ticksOf(axis)).toEqual(Array.from({ length: 11 }, (_, index) => index * 1_000));
  });
  it("breaks where nothing ran for long", () => {
    const axis = axisFor([[0, 1_000], [9_000, 10_000]]);
    expect(axis.stretches.map((each) => each.isFold)).toEqual([false, true, false]);
    expect(axis.x(ZERO + 9_000) - axis.x(ZERO + 1_000)).toBe(FOLD_WIDTH);
    expect(axis.x(ZERO + 10_000)).toBeCloseTo(1_000);
    expect(ticksOf(axis).every((ms) => ms <= 1_000 || ms >= 9_000)).toBe(true);
  });
  it("a short gap is no break", () => expect(axisFor([[0, 4_000], [6_000, 10_000]]).stretches).toHaveLength(1));
  it.each<[string, MarkKind, number, number | null]>([
    ["a short bar can still be seen", "run", 1, 3],
    ["a short wait is left out", "slot", 1, null],
    ["a long wait is not", "slot", 1_000, 100],
  ])("%s", (_, kind, ms, width) => {
    const mark = { kind, from: ZERO, to: ZERO + ms, status: "completed", attempt: 1, on: null, isOpen: false } as const;
    expect(spanOf(mark, axisFor([[0, 10_000]]))?.width ?? null).toBe(width);
  });
});

describe("the critical path", () => {
  const plan = [aPlan("extract"), aPlan("users"), aPlan("load", ["extract", "users"]), aPlan("report", ["load"]), aPlan("notify", ["extract"])];
  it("goes through the dependency that ended last", () => {
    const times: [string, number, number][] = [["extract", 0, 4_000], ["users", 0, 2_000], ["load", 4_000, 6_000], ["report", 6_500, 9_000], ["notify", 4_000, 5_000]];
    const tasks = times.map(([id, , to]) => aTask(id, { ended_at: ZERO + to }));
    const rows = rowsOf(input({ tasks, attempts: times.map(([id, from, to]) => anAttempt(id, 1, from, to)), plan }));
    expect(criticalPath(rows, plan)).toEqual({ path: ["extract", "load", "report"], ms: 8_500 });
  });
  it("is drawn below the bars, along the waits, and from row to row", () => {
    const tasks = [aTask("extract", { ended_at: ZERO + 4_000 }), aTask("users"), aTask("load", { status: "running", ended_at: null })];
    const attempts = [anAttempt("extract", 1, 0, 4_000), anAttempt("load", 1, 5_000, null)];
    const run = aRun({ status: "running", ended_at: null });
    const rows = rowsOf(input({ run, tasks, attempts, plan }));
    const axis = axisOf(rows, run, ZERO + 10_000, 1_000);
    const lineOf = (index: number) => index * 24 + 22;
    expect(lineOfPath(["extract", "load"], rows, axis, lineOf)).toBe("M0 22H400H500V70H1000");
    expect(lineOfPath(["extract", "load"], [...rows].reverse(), axis, lineOf)).toBe("M0 70H400H500V22H1000");
    expect(lineOfPath([], rows, axis, lineOf)).toBe("");
  });
  it("of nothing is nothing", () => expect(criticalPath([], plan)).toEqual({ path: [], ms: 0 }));
});
