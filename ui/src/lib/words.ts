/** Words for what is the same on several pages. */

import { zoneName } from "./time";

interface Worded {
  readonly words: string;
  readonly timezone: string;
}

/** A schedule in words; with its zone where that is not the reader's: "every day at 02:00 (Berlin)". */
export function saySchedule({ words, timezone }: Worded, zone: string): string {
  // What has no time of day is the same everywhere.
  return timezone === zone || !/\d:\d\d/.test(words) ? words : `${words} (${zoneName(timezone)})`;
}
