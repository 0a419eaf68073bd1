import { expect, it } from "vitest";

import { saySchedule } from "./words";

it.each([
  ["every day at 02:00", "Europe/Berlin", "UTC", "every day at 02:00 (Berlin)"],
  ["every day at 02:00", "UTC", "UTC", "every day at 02:00"],
  ["every 20 seconds", "UTC", "Europe/Berlin", "every 20 seconds"],
])("%s in %s, read in %s", (words, timezone, zone, wanted) => expect(saySchedule({ words, timezone }, zone)).toBe(wanted));
