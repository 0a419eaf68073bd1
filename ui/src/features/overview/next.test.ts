import { describe, expect, it } from "vitest";

import type { Upcoming } from "@/api/schema";

import { density, fold } from "./next";

const due = (job_id: string, due_at: number, more: Partial<Upcoming> = {}): Upcoming => ({
  job_id, due_at, name: job_id, run_id: null, expected_ms: null, p90_ms: null, schedule: "* * * * *", will: "run", reason: null, evidence: null, ...more,
});

describe("what comes next", () => {
  it("has one line for each job, the earliest first", () => {
    const lines = fold([due("b", 20), due("a", 30), due("b", 40), due("b", 60)], 10);
    expect(lines.map((line) => [line.first.job_id, line.first.due_at, line.more])).toEqual([
      ["b", 20, 2],
      ["a", 30, 0],
    ]);
  });
  it("forgets what has begun meanwhile", () => expect(fold([due("a", 20), due("a", 9_000)], 5_000)[0]?.first.due_at).toBe(9_000));
  it("leaves out a second schedule of the same instant", () => {
    expect(fold([due("a", 20, { reason: "same_instant", will: "skip" })], 0)).toEqual([]);
  });
  it("is counted in equal parts, without what will be skipped", () => {
    expect(density([due("a", 0), due("b", 9), due("c", 10), due("d", 39), due("e", 40), due("f", 15, { will: "skip" })], 0, 40, 4)).toEqual([2, 1, 0, 1]);
  });
});
