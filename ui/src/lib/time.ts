/** Points in time as people read them, in a zone that is always said. Times are milliseconds since the epoch. */

import { formatRough } from "./duration";

const DAY = 86_400_000;

/** The parts of a time in a zone. `month` counts from 1, `weekday` is `Mon` to `Sun`. */
export interface Parts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly weekday: string;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      weekday: "short",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(zone, format);
  }
  return format;
}

/** Say whether this machine knows a zone. */
export function isZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** The zone of this machine. */
export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Take a time apart in a zone. */
export function partsOf(at: number, zone: string): Parts {
  const parts: Record<string, string> = {};
  for (const part of formatOf(zone).formatToParts(at)) parts[part.type] = part.value;
  const number = (name: string) => Number(parts[name]);
  return {
    year: number("year"),
    month: number("month"),
    day: number("day"),
    hour: number("hour"),
    minute: number("minute"),
    second: number("second"),
    weekday: parts.weekday ?? "",
  };
}

const two = (value: number): string => String(value).padStart(2, "0");
const clock = (parts: Parts): string => `${two(parts.hour)}:${two(parts.minute)}`;
const date = (parts: Parts): string => `${parts.year}-${two(parts.month)}-${two(parts.day)}`;
const dayNumber = (parts: Parts): number => Date.UTC(parts.year, parts.month - 1, parts.day) / DAY;

/** The short form: `14:03:22` today, `Tue 03:00` within a week, `12 Mar 03:00` this year, else `2025-03-12`. */
export function formatTime(at: number, zone: string, now: number): string {
  const parts = partsOf(at, zone);
  const today = partsOf(now, zone);
  const days = Math.abs(dayNumber(parts) - dayNumber(today));
  if (days === 0) return `${clock(parts)}:${two(parts.second)}`;
  if (days < 7) return `${parts.weekday} ${clock(parts)}`;
  if (parts.year === today.year) return `${parts.day} ${MONTHS[parts.month - 1] ?? ""} ${clock(parts)}`;
  return date(parts);
}

/** Hours and minutes: `14:03`. */
export function formatClock(at: number, zone: string): string {
  return clock(partsOf(at, zone));
}

/** The day: `2026-03-12`. */
export function formatDay(at: number, zone: string): string {
  return date(partsOf(at, zone));
}

/** The day as the head of a group: `Today`, `Yesterday`, `Tue 10 Mar`, `12 Mar 2025`. */
export function formatDayHead(at: number, zone: string, now: number): string {
  const parts = partsOf(at, zone);
  const today = partsOf(now, zone);
  const days = dayNumber(today) - dayNumber(parts);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days === -1) return "Tomorrow";
  const month = MONTHS[parts.month - 1] ?? "";
  return parts.year === today.year ? `${parts.weekday} ${parts.day} ${month}` : `${parts.day} ${month} ${parts.year}`;
}

/** All of it: `2026-03-12 03:00:00.412 Europe/Berlin`. */
export function formatExact(at: number, zone: string): string {
  const parts = partsOf(at, zone);
  const ms = String(((at % 1000) + 1000) % 1000).padStart(3, "0");
  return `${date(parts)} ${clock(parts)}:${two(parts.second)}.${ms} ${zone}`;
}

/** The same moment as UTC has it: `02:00:00Z`. */
export function formatUtc(at: number): string {
  return `${new Date(at).toISOString().slice(11, 19)}Z`;
}

/** `3 h ago`, `in 12 m`, `now`. */
export function formatRelative(at: number, now: number): string {
  const span = at - now;
  if (Math.abs(span) < 1000) return "now";
  return span < 0 ? `${formatRough(span)} ago` : `in ${formatRough(span)}`;
}

/** ISO 8601 in UTC with milliseconds: what is copied. */
export function isoTime(at: number): string {
  return new Date(at).toISOString();
}

/** The zone in a word for table heads and axes: `UTC`, `Berlin`. */
export function zoneName(zone: string): string {
  return (zone.split("/").at(-1) ?? zone).replaceAll("_", " ");
}

/** What a zone's clocks are ahead of UTC at a moment, in milliseconds. */
export function offsetOf(at: number, zone: string): number {
  const parts = partsOf(at, zone);
  const asUtc = Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
  return asUtc - Math.floor(at / 1000) * 1000;
}

/** The moment at which a zone's clocks show this; in a gap that of the hour before, twice shown the first. */
export function atClock(zone: string, year: number, month: number, day: number, hour = 0, minute = 0): number {
  const wanted = Date.UTC(year, month - 1, day, hour, minute);
  const first = wanted - offsetOf(wanted - DAY, zone);
  if (offsetOf(first, zone) === wanted - first) return first;
  return wanted - offsetOf(wanted + DAY, zone);
}

/** Midnight of the day that a moment is on. */
export function dayStart(at: number, zone: string): number {
  const parts = partsOf(at, zone);
  return atClock(zone, parts.year, parts.month, parts.day);
}
