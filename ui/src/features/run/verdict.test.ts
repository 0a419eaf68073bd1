import { describe, expect, it } from "vitest";

import type { Run, TaskRun } from "@/api/schema";

import { anAttempt, aPlan, aRun, aTask, ZERO } from "./fixtures";
import { firstFailed, skippedBecauseOf, taskToShow, verdict } from "./verdict";

const FAILED = { status: "failed", exit_code: 1, error: "exit code 1" } as const;
const SKIPPED = { status: "skipped", attempts: 0, started_at: null, exit_code: null } as const;
const plan = [aPlan("extract"), aPlan("load", ["extract"]), aPlan("report", ["load"]), aPlan("publish", ["report"]), aPlan("notify")];

describe("the verdict", () => {
  it.each<[string, Partial<Run>, TaskRun[], string]>([
    ["a queued run", { status: "pending", started_at: null, ended_at: null, created_at: ZERO - 50_000 }, [aTask("extract", { status: "pending" })], "Queued for 1 m 00 s: it starts when a slot is free."],
    ["a running one", { status: "running", ended_at: null }, [aTask("extract"), aTask("load", { status: "running", ended_at: null })], "Running for 10.0 s: `load`, 1 of 2 tasks over."],
    ["one that runs though something failed", { status: "running", ended_at: null }, [aTask("extract", FAILED), aTask("notify", { status: "running" })], "Running for 10.0 s: `notify`, 1 of 2 tasks over; `extract` exited 1."],
    ["one that is being cancelled", { status: "running", ended_at: null, cancel_requested_at: ZERO }, [aTask("a", { status: "running" })], "Being cancelled: `a`, 0 of 1 task over."],
    ["one that went well", {}, [aTask("extract"), aTask("load")], "Completed in 10.0 s: 2 tasks."],
    ["one that went well in the end", {}, [aTask("extract", { attempts: 3 }), aTask("load", SKIPPED)], "Completed in 10.0 s: 1 task; 1 skipped; `extract` needed 3 tries."],
    ["one whose failure was allowed", {}, [aTask("extract"), aTask("notify", FAILED)], "Completed in 10.0 s: 2 tasks; `notify` failed, which its file allows."],
    ["one that failed after retries", { status: "failed" }, [aTask("extract"), aTask("load", { ...FAILED, attempts: 3 }), aTask("report", SKIPPED), aTask("publish", SKIPPED)], "Failed: `load` exited 1 after 3 tries; 2 tasks skipped because of it."],
    ["one with several failures", { status: "failed" }, [aTask("extract", { ...FAILED, ended_at: ZERO + 9 }), aTask("notify", FAILED)], "Failed: `extract` exited 1; 1 other task failed, too."],
    ["one that was killed", { status: "failed" }, [aTask("extract", { status: "failed", exit_code: null, signal: 9, error: "killed by SIGKILL" })], "Failed: `extract` was killed by KILL."],
    ["one that failed as a whole", { status: "failed", error: "no task could start." }, [aTask("extract", SKIPPED)], "Failed after 10.0 s: no task could start."],
    ["one that was lost", { status: "interrupted" }, [aTask("extract", { status: "interrupted", exit_code: null })], "Interrupted: `extract` was lost while Petit was down."],
    ["one that was cancelled", { status: "cancelled", reason: "wrong day" }, [aTask("extract"), aTask("load", { status: "cancelled" }), aTask("report", { status: "cancelled", attempts: 0 })], "Cancelled after 10.0 s (wrong day): `load` was ended, 1 task never started."],
    ["one that was cancelled in the queue", { status: "cancelled", started_at: null }, [], "Cancelled in the queue after 10.0 s."],
  ])("of %s", (_, run, tasks, sentence) => {
    expect(verdict({ run: aRun(run), tasks, plan, attempts: [], now: ZERO + 10_000 })).toBe(sentence);
  });
  it.each([
    ["a limit that is reached", {}, { limit: "max_jobs", most: 2, used: 2, holders: ["0192-aaaabbbb", "x"] }, "Queued for 10.0 s: it waits for `max_jobs`, 2 of 2 held by run `aaaabbbb` and 1 more."],
    ["one run in the way", {}, { limit: "max_concurrency", most: 1, used: 1, holders: ["0192-aaaabbbb"] }, "Queued for 10.0 s: it waits for `max_concurrency`, 1 of 1 held by run `aaaabbbb`."],
    ["its time", { run_at: ZERO + 70_000 }, null, "Queued: it starts in 1 m 00 s."],
  ] as const)("of a run that waits for %s", (_, over, held, sentence) => {
    const run = aRun({ status: "pending", started_at: null, ended_at: null, ...over });
    expect(verdict({ run, tasks: [], plan, attempts: [], now: ZERO + 10_000, held })).toBe(sentence);
  });
  it("names a timeout as the attempt does", () => {
    const attempts = [anAttempt("load", 1, 0, 5_000, { status: "failed", cause: "timeout" })];
    const tasks = [aTask("load", { ...FAILED, exit_code: null, signal: 15, error: "timed out after 5 s" })];
    expect(verdict({ run: aRun({ status: "failed" }), tasks, plan, attempts, now: ZERO })).toBe("Failed: `load` timed out after 5 s.");
  });
});

describe("the first failed task", () => {
  it("is the one that ended first, not the first of the list", () => {
    const tasks = [aTask("a", { ...FAILED, ended_at: ZERO + 9 }), aTask("b", { ...FAILED, ended_at: ZERO + 5 })];
    expect(firstFailed(tasks, [])?.task_id).toBe("b");
  });
  it("is none that may fail, where another one failed", () => {
    const tasks = [aTask("a", { ...FAILED, ended_at: ZERO + 1 }), aTask("b", { ...FAILED, ended_at: ZERO + 5 })];
    expect(firstFailed(tasks, [aPlan("a", [], { allow_failure: true })])?.task_id).toBe("b");
  });
  it("is never a skipped follower", () => {
    expect(firstFailed([aTask("a", SKIPPED)], [])).toBeUndefined();
  });
});

it.each([
  ["what failed", "failed", [aTask("a"), aTask("b", FAILED)], "b"],
  ["what runs", "running", [aTask("a"), aTask("b", { status: "running" }), aTask("c", { status: "pending" })], "b"],
  ["what ended last", "completed", [aTask("a", { ended_at: ZERO + 9_000 }), aTask("b")], "a"],
  ["the first one, before anything ran", "pending", [aTask("a", { status: "pending", started_at: null }), aTask("b", { status: "pending" })], "a"],
] as const)("the task to show is %s", (_, status, tasks, id) => {
  expect(taskToShow(aRun({ status }), tasks, [])?.task_id).toBe(id);
});

it("those are skipped because of a task that depend on it through others", () => {
  const tasks = [aTask("load", FAILED), aTask("report", SKIPPED), aTask("publish", SKIPPED), aTask("notify", SKIPPED)];
  expect(skippedBecauseOf("load", tasks, plan)).toEqual(["report", "publish"]);
});
