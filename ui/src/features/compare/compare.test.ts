import { describe, expect, it } from "vitest";

import type { Run, TaskRun } from "@/api/schema";

import { changedParams, diffOf, pairsOf, sayChange, sayDifference, shareOf } from "./compare";

const task = (task_id: string, duration_ms: number, status: TaskRun["status"] = "completed"): TaskRun =>
  ({ task_id, duration_ms, status, attempts: status === "skipped" ? 0 : 1 }) as TaskRun;
const run = (over: Partial<Run>): Run => ({ status: "completed", duration_ms: 1_000, params: {}, ...over }) as Run;
const ids = (now: TaskRun[], before: TaskRun[]) => pairsOf(now, before).map((pair) => pair.taskId);

describe("pairs", () => {
  it("the largest change comes first, in whichever direction", () => {
    expect(ids([task("a", 100), task("b", 10), task("c", 55)], [task("a", 110), task("b", 900), task("c", 50)])).toEqual(["b", "a", "c"]);
  });
  it("another result comes before all", () => {
    expect(ids([task("a", 9_000), task("b", 10, "failed")], [task("a", 10), task("b", 10)])).toEqual(["b", "a"]);
  });
  it("tasks of one run alone are there", () => expect(ids([task("new", 1)], [task("gone", 1)]).sort()).toEqual(["gone", "new"]));
  it("what did not run has no duration to compare", () => expect(pairsOf([task("a", 5, "skipped")], [task("a", 5)])[0]!.change).toBeNull());
  it("bars are shares of the longest", () => {
    const pairs = pairsOf([task("a", 500)], [task("a", 1_000)]);
    expect([shareOf(500, pairs), shareOf(1_000, pairs), shareOf(null, pairs)]).toEqual([0.5, 1, 0]);
  });
});

it.each([
  [1_200, "1.2 s longer"],
  [-50, "50 ms shorter"],
  [0, "the same"],
  [null, "–"],
])("a change of %s is said as %s", (change, words) => expect(sayChange(change)).toBe(words));

it.each<[Partial<Run>, Partial<Run>, TaskRun[], TaskRun[], string]>([
  [{}, {}, [], [], "Both completed; in the same time."],
  [{ status: "failed", duration_ms: 3_000 }, {}, [task("a", 1, "failed")], [task("a", 1)], "This one failed, the other completed; it took 2.0 s longer; a ended otherwise."],
  [{ status: "running", duration_ms: null }, {}, [], [], "This one running, the other completed."],
])("the difference in a sentence", (a, b, now, before, sentence) => {
  expect(sayDifference(run(a), run(b), pairsOf(now, before))).toBe(sentence);
});

it("parameters that changed are told, and those that only one has", () => {
  const changed = changedParams(run({ params: { day: "Mon", n: 1, x: 1 } as never }), run({ params: { day: "Tue", n: 1 } as never }));
  expect(changed).toEqual([{ name: "day", now: "Mon", before: "Tue" }, { name: "x", now: "1", before: "not given" }]);
});

describe("the difference of two texts", () => {
  const said = (before: string, now: string) => diffOf(before, now)!.map((line) => ({ same: " ", added: "+", removed: "-" })[line.kind] + line.text);
  it.each([
    ["a changed line", "a\nb\nc", "a\nB\nc", [" a", "-b", "+B", " c"]],
    ["an added one", "a\nc", "a\nb\nc", [" a", "+b", " c"]],
    ["a removed one", "a\nb", "a", [" a", "-b"]],
    ["none", "a", "a", [" a"]],
  ])("%s", (_, before, now, lines) => expect(said(before, now)).toEqual(lines));
  it("texts of thousands of lines are not compared", () => expect(diffOf("\n".repeat(3_000), "")).toBeNull());
});
