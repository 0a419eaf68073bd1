/** Durations and numbers as people read them. Durations are milliseconds. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const THIN = "\u202f";

const two = (value: number): string => String(value).padStart(2, "0");

/** `412 ms`, `9.4 s`, `1 m 12 s`, `2 h 05 m`, `3 d 04 h`: cut, never rounded up to what was not reached. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < SECOND) return `${Math.floor(ms)} ms`;
  if (ms < MINUTE) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} m ${two(Math.floor((ms % MINUTE) / SECOND))} s`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h ${two(Math.floor((ms % HOUR) / MINUTE))} m`;
  return `${Math.floor(ms / DAY)} d ${two(Math.floor((ms % DAY) / HOUR))} h`;
}

/** One unit: `8 s`, `12 m`, `3 h`, `2 d`. For "3 h ago" and "in 12 m". */
export function formatRough(ms: number): string {
  const span = Math.abs(ms);
  if (span < MINUTE) return `${Math.floor(span / SECOND)} s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)} m`;
  if (span < 2 * DAY) return `${Math.floor(span / HOUR)} h`;
  return `${Math.floor(span / DAY)} d`;
}

/** ISO 8601, for the `datetime` of `<time>`: `PT72.5S`. */
export function isoDuration(ms: number): string {
  return `PT${ms / SECOND}S`;
}

/** `12 483`, with a space that does not break. */
export function formatCount(value: number): string {
  const digits = String(Math.trunc(Math.abs(value)));
  const grouped = digits.length < 5 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, THIN);
  return value < 0 ? `-${grouped}` : grouped;
}

/** `29 of 30` under 50, else `98.6 %`; 100 % and 0 % only where it is all or none. */
export function formatShare(part: number, whole: number): string {
  if (whole < 50) return `${part} of ${whole}`;
  if (part === 0 || part === whole) return part === 0 ? `0${THIN}%` : `100${THIN}%`;
  const percent = Math.min(99.9, Math.max(0.1, (part / whole) * 100));
  return `${percent.toFixed(1)}${THIN}%`;
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** `512 B`, `1.4 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.95 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return unit === 0 ? `${bytes} B` : `${value.toFixed(1)} ${UNITS[unit] ?? ""}`;
}

/** `1 run`, `2 runs`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** `5th`. */
export function ordinal(value: number): string {
  const tens = value % 100;
  const ending = tens > 10 && tens < 14 ? "th" : (["th", "st", "nd", "rd"][value % 10] ?? "th");
  return `${formatCount(value)}${ending}`;
}
