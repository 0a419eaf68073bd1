import { describe, expect, it } from "vitest";

import { heightOf, sayStrip, slotAt, slotsOf, stepFrom, type History, type StripRun } from "./strip";

const run = (at: number, more: Partial<StripRun> = {}): StripRun => ({
  id: `run-${at}`, status: "completed", created_at: at, started_at: at, duration_ms: 1_000, scheduled_for: null, ...more,
});
const history = (runs: StripRun[], gaps: History["gaps"] = []): History => ({
  runs: runs.toSorted((a, b) => b.created_at - a.created_at), gaps, p5_ms: 1_000, p95_ms: 16_000,
});
const kinds = (given: History, count = 5) => slotsOf(given, count, 100_000).map((slot) => slot.kind);

describe("the slots", () => {
  it("are ghosts where nothing was", () => expect(kinds(history([]))).toEqual(["ghost", "ghost", "ghost", "ghost", "ghost"]));
  it("have the newest at the right", () => {
    const slots = slotsOf(history([run(1), run(2)]), 3, 0);
    expect(slots.map((slot) => (slot.kind === "run" ? slot.run.id : slot.kind))).toEqual(["ghost", "run-1", "run-2"]);
  });
  it("hold due times without a run in their place", () => {
    const gap = { due_at: 15, fate: "skipped", reason: "overlap" };
    expect(kinds(history([run(10), run(20)], [gap]), 3)).toEqual(["run", "gap", "run"]);
  });
  it("drop the oldest where there is more", () => {
    const slots = slotsOf(history([run(1), run(2), run(3)]), 2, 0);
    expect(slots.map((slot) => slot.kind === "run" && slot.run.id)).toEqual(["run-2", "run-3"]);
  });
  it("let what runs grow", () => {
    const running = run(90_000, { status: "running", duration_ms: null });
    const [early] = slotsOf(history([running]), 1, 91_000);
    const [later] = slotsOf(history([running]), 1, 99_000);
    expect(early?.kind === "run" && later?.kind === "run" && later.height > early.height).toBe(true);
  });
});

describe("the height", () => {
  it.each([
    ["the fastest are as low as can be seen", 1_000, 4],
    ["the slowest usual ones end below the top", 16_000, 20],
    ["in between it is logarithmic", 4_000, 12],
    ["what is faster than ever is not lower", 1, 4],
    ["one that waits has the least", null, 4],
  ])("%s", (_, ms, wanted) => expect(heightOf(ms, 1_000, 16_000)).toEqual({ height: wanted, isOutlier: false }));

  it("caps an outlier", () => expect(heightOf(60_000, 1_000, 16_000)).toEqual({ height: 24, isOutlier: true }));
  it("does not make much of little", () => {
    const [a, b] = [heightOf(1_000, 1_000, 1_000).height, heightOf(1_100, 1_000, 1_000).height];
    expect(Math.abs(a - b)).toBeLessThan(4);
  });
  it("is even where nothing is known", () => expect(heightOf(5, null, null).height).toBe(12));
});

describe("keys", () => {
  const slots = slotsOf(history([run(1, { status: "failed" }), run(2), run(3)]), 5, 0);
  it("go from one to the next", () => expect(stepFrom(slots, 4, -1, false)).toBe(3));
  it("go to the next failure with Shift", () => expect(stepFrom(slots, 4, -1, true)).toBe(2));
  it("stay where there is none", () => expect(stepFrom(slots, 2, -1, false)).toBe(2));
  it("find the slot under the pointer", () => expect([slotAt(0, 30), slotAt(179, 30), slotAt(500, 30)]).toEqual([0, 29, 29]));
});

describe("the sentence", () => {
  it.each([
    ["no runs", history([]), "no runs yet"],
    ["all well", history([run(1), run(2)]), "2 of the last 2 runs completed"],
    [
      "everything", history([run(1, { status: "failed" }), run(2, { status: "running" })], [{ due_at: 3, fate: "missed", reason: "down" }]),
      "0 of the last 2 runs completed, 1 failed, 1 not over, 1 due time did not run",
    ],
  ])("%s", (_, given, wanted) => expect(sayStrip(slotsOf(given, 5, 0))).toBe(wanted));
});
