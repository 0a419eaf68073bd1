import { expect, test } from "vitest";

import { formatBytes, formatCount, formatDuration, formatRough, formatShare, isoDuration, ordinal, plural } from "./duration";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test.each([
  [0, "0 ms"],
  [412, "412 ms"],
  [999.9, "999 ms"],
  [1_000, "1.0 s"],
  [9_400, "9.4 s"],
  [59_999, "59.9 s"],
  [MINUTE, "1 m 00 s"],
  [72 * SECOND, "1 m 12 s"],
  [HOUR - 1, "59 m 59 s"],
  [2 * HOUR + 5 * MINUTE, "2 h 05 m"],
  [DAY - 1, "23 h 59 m"],
  [3 * DAY + 4 * HOUR, "3 d 04 h"],
  [-412, "-412 ms"],
])("%d ms are %s", (ms, words) => {
  expect(formatDuration(ms)).toBe(words);
});

test.each([
  [999, "0 s"],
  [8_000, "8 s"],
  [12 * MINUTE + 59 * SECOND, "12 m"],
  [-3 * HOUR, "3 h"],
  [47 * HOUR, "47 h"],
  [3 * DAY, "3 d"],
])("%d ms are about %s", (ms, words) => {
  expect(formatRough(ms)).toBe(words);
});

test("a count gets thin spaces from five digits on", () => {
  expect([412, 9999, 12483, 1234567, -12483].map(formatCount)).toEqual([
    "412",
    "9999",
    "12\u202f483",
    "1\u202f234\u202f567",
    "-12\u202f483",
  ]);
});

test("a share is counted under 50 and a percentage from then on", () => {
  expect(formatShare(29, 30)).toBe("29 of 30");
  expect(formatShare(49, 49)).toBe("49 of 49");
  expect(formatShare(986, 1000)).toBe("98.6\u202f%");
});

test("all and none are said of nothing less", () => {
  expect([0, 1, 99_999, 100_000].map((part) => formatShare(part, 100_000))).toEqual([
    "0\u202f%",
    "0.1\u202f%",
    "99.9\u202f%",
    "100\u202f%",
  ]);
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_400_000, "1.4 MB"],
  [999_960, "1.0 MB"],
  [200_000_000, "200.0 MB"],
])("%d bytes are %s", (bytes, words) => {
  expect(formatBytes(bytes)).toBe(words);
});

test("words follow their number", () => {
  expect([0, 1, 2].map((count) => plural(count, "run"))).toEqual(["0 runs", "1 run", "2 runs"]);
  expect([1, 2, 3, 4, 11, 12, 13, 21, 112].map(ordinal)).toEqual(
    ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th"],
  );
  expect(isoDuration(72_500)).toBe("PT72.5S");
});
