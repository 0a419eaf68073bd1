import { describe, expect, it } from "vitest";

import { areaPath, byPixel, layRow, loadOf, peakOf, rowsOf, ticksOf, toTime, toX, type Bar, type Mark } from "./timeline";

const HOUR = 3_600_000;
const scale = { from: 0, to: 1000, width: 1000 }; // a pixel is a millisecond
const NOW = 500;

function bar(from: number, to: number, more: Partial<Bar> = {}): Bar {
  const kind = more.kind ?? (from > NOW ? "planned" : "ran");
  return {
    key: `${from}`, jobId: "etl", from, to, late: null, kind, state: kind === "planned" ? "run" : "completed",
    runId: null, reason: null, ...more,
  };
}

const places = (bars: Bar[]) => layRow(bars, scale, NOW).map((each) => [each.x, each.width, each.lane, each.bars.length]);

describe("a row", () => {
  it.each<[string, Bar[], number[][]]>([
    ["a bar stands where it was", [bar(100, 150)], [[100, 50, 0, 1]]],
    ["a short one is still seen", [bar(100, 100)], [[100, 3, 0, 1]]],
    ["what overlaps stands below", [bar(100, 200), bar(150, 250)], [[100, 100, 0, 1], [150, 100, 1, 1]]],
    ["what is less than 3 px apart is one", [bar(100, 110), bar(112, 120), bar(160, 170)], [[100, 20, 0, 2], [160, 10, 0, 1]]],
    ["what was and what comes stay apart", [bar(495, 499), bar(501, 505)], [[495, 4, 0, 1], [501, 4, 0, 1]]],
    ["what runs is never hidden", [bar(490, 494), bar(496, 500, { kind: "running", state: "running" })], [[490, 4, 0, 1], [496, 4, 0, 1]]],
    ["what lies outside is left out, what reaches in is cut", [bar(-50, -10), bar(-50, 20)], [[0, 20, 0, 1]]],
  ])("%s", (_, bars, wanted) => expect(places(bars)).toEqual(wanted));

  it("shows the worst of those that it merges", () => {
    const [merged] = layRow([bar(100, 101), bar(103, 104, { state: "failed" }), bar(106, 107)], scale, NOW);
    expect([merged?.state, merged?.bars.length]).toEqual(["failed", 3]);
  });

  it("has a whisker as long as a slow run takes", () => {
    const [planned] = layRow([bar(600, 650, { late: 700 })], scale, NOW);
    expect(planned?.whiskerX).toBe(700);
  });
});

describe("the load", () => {
  it("counts what is there at a time", () => {
    expect(loadOf([bar(0, 10), bar(5, 15)])).toEqual([
      { from: 0, to: 5, count: 1 },
      { from: 5, to: 10, count: 2 },
      { from: 10, to: 15, count: 1 },
    ]);
  });
  it("does not count what will be skipped, and counts what takes no time", () => {
    expect(loadOf([bar(600, 700, { state: "skip" }), bar(3, 3)])).toEqual([{ from: 3, to: 4, count: 1 }]);
  });
  it("has a peak", () => {
    expect(peakOf(loadOf([bar(0, 10), bar(5, 15)]))).toEqual({ from: 5, to: 10, count: 2 });
    expect(peakOf([])).toBeNull();
  });
  it("has as many steps as there are pixels at most, and keeps the peak", () => {
    const narrow = { from: 0, to: 1000, width: 10 };
    const many = Array.from({ length: 500 }, (_, at) => ({ from: at * 2, to: at * 2 + 1, count: at === 250 ? 9 : 1 }));
    const drawn = byPixel(many, narrow);
    expect(drawn.map((step) => [Math.round(step.from), Math.round(step.to), step.count])).toEqual([[0, 500, 1], [500, 600, 9], [600, 1000, 1]]);
  });
  it("is drawn as steps that go down to nothing between", () => {
    const steps = [{ from: 0, to: 10, count: 1 }, { from: 20, to: 30, count: 2 }];
    expect(areaPath(steps, scale, 40, 2)).toBe("M0 40V20H10V40H20V0H30V40Z");
    expect(areaPath([], scale, 40, 2)).toBe("");
  });
});

describe("the axis", () => {
  it("goes there and back", () => expect(toTime(scale, toX(scale, 123))).toBe(123));
  it("names whole hours of the zone", () => {
    const day = { from: 0, to: 24 * HOUR, width: 720 };
    expect(ticksOf(day, () => 0)).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 24].map((hour) => hour * HOUR));
    expect(ticksOf(day, () => HOUR / 2)[0]).toBe(2.5 * HOUR);
  });
  it("stays on the hour of the zone when its clocks change", () => {
    const change = 10.5 * HOUR;
    const offset = (at: number) => (at < change ? 0 : HOUR);
    const ticks = ticksOf({ from: 0, to: 24 * HOUR, width: 720 }, offset);
    expect(ticks.map((at) => ((at + offset(at)) / HOUR) % 3)).toEqual(ticks.map(() => 0));
  });
});

describe("the rows", () => {
  const mark: Mark = { key: "m", jobId: "b", at: 560, fate: "skipped", reason: "overlap", isPlanned: true };
  const bars = [bar(0, 400, { jobId: "a" }), bar(700, 710, { jobId: "a" }), bar(600, 610, { jobId: "c" })];
  it.each([
    ["next", ["b", "c", "a"]],
    ["name", ["a", "b", "c"]],
    ["load", ["a", "c", "b"]],
  ] as const)("are sorted by %s", (order, wanted) => {
    expect(rowsOf(bars, [mark], NOW, order).map((row) => row.jobId)).toEqual(wanted);
  });
});
