import { describe, expect, it } from "vitest";

import { axisOf, heightOn, plotOf, quantile, type Timed } from "./plot";

const runs = (durations: readonly number[], more: Partial<Timed> = {}): Timed[] =>
  durations.map((duration_ms, at) => ({ id: `run-${at}`, status: "completed", duration_ms, ...more }));

describe("the usual", () => {
  it("is unknown until there are five", () => {
    const { usual } = plotOf(runs([1, 2, 3, 4, 5]));
    expect(usual.map((each) => each?.median ?? null)).toEqual([null, null, null, null, 3]);
  });
  it("looks at the last thirty", () => {
    const { usual } = plotOf(runs([...Array.from({ length: 30 }, () => 10), ...Array.from({ length: 30 }, () => 20)]));
    expect([usual[29]?.median, usual[59]?.median]).toEqual([10, 20]);
  });
  it("does not count runs that failed", () => {
    const { usual } = plotOf([...runs([10, 10, 10, 10, 10]), ...runs([1, 1, 1, 1, 1, 1], { status: "failed" })]);
    expect(usual.at(-1)?.median).toBe(10);
  });
});

describe("an outlier", () => {
  const steady = [1_000, 1_010, 990, 1_005, 995, 1_000, 1_002];
  it.each([
    ["far beyond is one", 3_000, true],
    ["a little beyond is none", 1_050, false],
    ["far below is one, too", 100, true],
  ])("%s", (_, ms, wanted) => expect(plotOf(runs([...steady, ms])).points.at(-1)?.isOutlier).toBe(wanted));
  it("is not named before anything is usual", () => expect(plotOf(runs([1, 9_999])).points[1]?.isOutlier).toBe(false));
});

describe("the axis", () => {
  it("begins at nothing where durations are alike", () => expect(axisOf([900, 1_000])).toMatchObject({ isLog: false, low: 0 }));
  it("is logarithmic where they differ by more than twenty times", () => expect(axisOf([10, 10, 1_000, 1_000]).isLog).toBe(true));
  it("goes from the bottom to the top", () => {
    const axis = axisOf([10, 10, 10_000, 10_000]);
    expect([heightOn(axis, 10), heightOn(axis, 11_000)]).toEqual([0, 1]);
  });
  it("has a few round names", () => expect(axisOf([60_000, 170_000]).ticks.length).toBeLessThanOrEqual(4));
});

it("a quantile lies between neighbours", () => expect([quantile([1, 2, 3, 4], 0.5), quantile([], 0.5)]).toEqual([2.5, 0]));
