import { describe, expect, test } from "vitest";

import {
  atClock,
  dayStart,
  formatClock,
  formatDay,
  formatDayHead,
  formatExact,
  formatRelative,
  formatTime,
  formatUtc,
  isZone,
  isoTime,
  offsetOf,
  zoneName,
} from "./time";

const BERLIN = "Europe/Berlin";
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 2, 12, 13, 0, 0); // a Thursday, 14:00 in Berlin

describe("the short form", () => {
  test.each([
    ["today it has seconds", Date.UTC(2026, 2, 12, 13, 3, 22), BERLIN, "14:03:22"],
    ["midnight is 00, not 24", Date.UTC(2026, 2, 11, 23, 0, 5), BERLIN, "00:00:05"],
    ["yesterday it has the weekday", Date.UTC(2026, 2, 11, 22, 59), BERLIN, "Wed 23:59"],
    ["six days before too", Date.UTC(2026, 2, 6, 2, 0), BERLIN, "Fri 03:00"],
    ["within a week to come too", Date.UTC(2026, 2, 17, 2, 0), BERLIN, "Tue 03:00"],
    ["seven days before it has the day", Date.UTC(2026, 2, 5, 2, 0), BERLIN, "5 Mar 03:00"],
    ["another year is a date", Date.UTC(2025, 2, 12, 2, 0), BERLIN, "2025-03-12"],
    ["the zone says what today is", Date.UTC(2026, 2, 12, 1, 30), "America/New_York", "Wed 21:30"],
  ])("%s", (_, at, zone, words) => {
    expect(formatTime(at, zone, NOW)).toBe(words);
  });
});

test("the whole of it has milliseconds and zone", () => {
  const at = Date.UTC(2026, 2, 12, 2, 0, 0, 412);
  expect(formatExact(at, BERLIN)).toBe("2026-03-12 03:00:00.412 Europe/Berlin");
  expect(formatUtc(at)).toBe("02:00:00Z");
  expect(isoTime(at)).toBe("2026-03-12T02:00:00.412Z");
  expect([formatClock(at, BERLIN), formatDay(at, BERLIN)]).toEqual(["03:00", "2026-03-12"]);
});

test("the head of a day is a word where there is one", () => {
  expect([0, -DAY, DAY, -3 * DAY, -400 * DAY].map((by) => formatDayHead(NOW + by, BERLIN, NOW))).toEqual([
    "Today",
    "Yesterday",
    "Tomorrow",
    "Mon 9 Mar",
    "5 Feb 2025",
  ]);
});

test("what is near is said in one unit", () => {
  expect([-3 * HOUR, 12 * 60_000, 999].map((by) => formatRelative(NOW + by, NOW))).toEqual(["3 h ago", "in 12 m", "now"]);
});

test("a zone has a name, and one that is none is known to be none", () => {
  expect(["UTC", "America/Argentina/Buenos_Aires"].map(zoneName)).toEqual(["UTC", "Buenos Aires"]);
  expect([isZone(BERLIN), isZone("Mars/Olympus")]).toEqual([true, false]);
});

describe("from clocks to moments", () => {
  test("midnight is that of the zone", () => {
    expect(dayStart(NOW, BERLIN)).toBe(Date.UTC(2026, 2, 11, 23));
    expect(dayStart(NOW, "UTC")).toBe(Date.UTC(2026, 2, 12));
  });

  test("summer time begins between two days of which one has 23 hours", () => {
    expect(atClock(BERLIN, 2026, 3, 30) - atClock(BERLIN, 2026, 3, 29)).toBe(23 * HOUR);
    expect(offsetOf(atClock(BERLIN, 2026, 3, 29), BERLIN)).toBe(HOUR);
    expect(offsetOf(atClock(BERLIN, 2026, 3, 30), BERLIN)).toBe(2 * HOUR);
  });

  test("an hour shown twice is the first one", () => {
    expect(atClock(BERLIN, 2026, 10, 25, 2, 30)).toBe(Date.UTC(2026, 9, 25, 0, 30));
  });

  test("an hour that is not shown is some moment beside it", () => {
    const at = atClock(BERLIN, 2026, 3, 29, 2, 30);
    expect(Math.abs(at - Date.UTC(2026, 2, 29, 1))).toBeLessThanOrEqual(HOUR);
  });
});
