import { describe, expect, it } from "vitest";

import type { Day } from "@/api/schema";

import { cellsOf, dayPlus, firstDay, monthsOf, nextBad, totalsOf, weeksPerRow } from "./year";

const day = (text: string, more: Partial<Day> = {}): Day => ({
  day: text, completed: 0, failed: 0, interrupted: 0, cancelled: 0, skipped: 0, missed: 0, median_ms: null, ...more,
});
const NONE = new Set<string>();
const cell = (given: Day, mode: "result" | "count" | "median" = "result", others: Day[] = []) =>
  cellsOf([given, ...others], "2026-03-02", "2026-03-15", mode, NONE).find((each) => each.day === given.day);

describe("the calendar", () => {
  it.each([
    ["begins on a Monday, 52 weeks before the last one", "2026-11-25", 1, "2025-11-24"],
    ["begins on a Sunday where weeks do", "2026-11-25", 0, "2025-11-23"],
    ["a last day that begins a week", "2026-11-23", 1, "2025-11-24"],
  ])("%s", (_, last, weekStart, wanted) => expect(firstDay(last, weekStart)).toBe(wanted));

  it("has seven days a week", () => {
    const cells = cellsOf([], "2026-03-02", "2026-03-15", "result", NONE);
    expect([cells.length, cells[0]?.weekday, cells[7]?.week, cells[13]?.weekday]).toEqual([14, 0, 1, 6]);
  });
  it("names the months that have room", () => {
    expect(monthsOf("2025-11-24", 9).map((month) => [month.name, month.week])).toEqual([["Dec", 1], ["Jan", 5]]);
  });
  it("steps over the end of February", () => expect(dayPlus("2028-02-28", 1)).toBe("2028-02-29"));
});

describe("a day", () => {
  it.each<[string, Partial<Day>, 0 | 1 | 2 | 3]>([
    ["without failures has no corner", { completed: 5 }, 0],
    ["with any has a small one", { completed: 99, failed: 1 }, 1],
    ["with a tenth a larger one", { completed: 9, failed: 1 }, 2],
    ["with half the largest", { completed: 1, interrupted: 1 }, 3],
  ])("%s", (_, more, wanted) => expect(cell(day("2026-03-03", more))?.corner).toBe(wanted));

  it("is darker the more completed", () => {
    const much = day("2026-03-04", { completed: 100 });
    expect([cell(day("2026-03-03", { completed: 1 }), "result", [much])?.step, cell(much)?.step]).toEqual([1, 5]);
  });
  it("counts all runs in the mode of counts", () => expect(cell(day("2026-03-03", { failed: 4 }), "count")?.step).toBe(5));
  it.each<[string, Partial<Day>, "missed" | "skipped" | null]>([
    ["shows what was missed, whatever ran", { completed: 5, missed: 1 }, "missed"],
    ["shows that all was skipped", { skipped: 2 }, "skipped"],
    ["does not show what was skipped where something ran", { completed: 1, skipped: 2 }, null],
  ])("%s", (_, more, wanted) => expect(cell(day("2026-03-03", more))?.edge).toBe(wanted));
  it("is pale where nothing completed", () => expect(cell(day("2026-03-03", { failed: 4 }))?.step).toBe(0));
});

it("totals are sums", () => {
  expect(totalsOf([day("2026-03-03", { completed: 2, failed: 1 }), day("2026-03-04", { missed: 3 })])).toEqual({ runs: 3, completed: 2, days: 1, missed: 3 });
});

describe("the next failure", () => {
  const cells = cellsOf(
    [day("2026-03-03", { completed: 1, failed: 1 }), day("2026-03-05", { completed: 9 }), day("2026-03-09", { missed: 1 })],
    "2026-03-02", "2026-03-15", "result", NONE,
  );
  it("is the next day on which something failed or was missed", () => expect(nextBad(cells, "2026-03-03", 1)?.day).toBe("2026-03-09"));
  it("is found backwards, too", () => expect(nextBad(cells, "2026-03-09", -1)?.day).toBe("2026-03-03"));
  it("is none after the last", () => expect(nextBad(cells, "2026-03-09", 1)).toBeUndefined());
});

describe("rows of weeks", () => {
  it.each([
    ["one where there is room", 60, 53],
    ["as even as can be", 21, 18],
    ["one week each where there is no room at all", 0, 1],
  ])("%s", (_, room, wanted) => expect(weeksPerRow(53, room)).toBe(wanted));
});
