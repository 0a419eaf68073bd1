/** The year of a job as 53 weeks of seven days: pure calendar arithmetic on days as text. */

import type { Day } from "@/api/schema";

const DAY_MS = 86_400_000;

export type Mode = "result" | "count" | "median";

export interface Cell {
  readonly day: string;
  readonly week: number;
  /** 0 is the first day of the week. */
  readonly weekday: number;
  readonly data: Day | null;
  /** 0 for nothing, else 1 to 5. */
  readonly step: number;
  /** Share of the runs that failed, as the size of the red corner: 0 none, 1 any, 2 a tenth, 3 half. */
  readonly corner: 0 | 1 | 2 | 3;
  /** What was due and did not run: the edge is dashed. */
  readonly edge: "missed" | "skipped" | null;
  readonly isPlanned: boolean;
}

export interface Month {
  readonly name: string;
  readonly week: number;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const toNumber = (day: string): number => Date.parse(`${day}T00:00:00Z`) / DAY_MS;
export const toDay = (number: number): string => new Date(number * DAY_MS).toISOString().slice(0, 10);

/** The day that is so many days away. */
export function dayPlus(day: string, days: number): string {
  return toDay(toNumber(day) + days);
}

/** 0 is Sunday. */
const weekdayOf = (number: number): number => (((number + 4) % 7) + 7) % 7;

/** The first day of a calendar of 53 weeks that ends with the week of `last`. `firstWeekday`: 0 Sunday, 1 Monday. */
export function firstDay(last: string, firstWeekday: number): string {
  const end = toNumber(last);
  const weekStart = end - ((weekdayOf(end) - firstWeekday + 7) % 7);
  return toDay(weekStart - 52 * 7);
}

/** Where the week begins for this reader. */
export function weekStartOf(locale: string): number {
  const info = new Intl.Locale(locale) as Intl.Locale & { readonly getWeekInfo?: () => { readonly firstDay: number }; readonly weekInfo?: { readonly firstDay: number } };
  const day = info.getWeekInfo?.().firstDay ?? info.weekInfo?.firstDay ?? 1;
  return day % 7;
}

/** All cells from `first` to `last`, with what happened on each day; planned ones may lie beyond. */
export function cellsOf(days: readonly Day[], first: string, last: string, mode: Mode, planned: ReadonlySet<string>): readonly Cell[] {
  const known = new Map(days.map((day) => [day.day, day]));
  const scale = scaleOf(days, mode);
  const [from, to] = [toNumber(first), toNumber(last)];
  return Array.from({ length: to - from + 1 }, (_, at): Cell => {
    const day = toDay(from + at);
    const data = known.get(day) ?? null;
    return {
      day,
      week: Math.floor(at / 7),
      weekday: at % 7,
      data,
      step: data ? scale(data) : 0,
      corner: data ? cornerOf(data) : 0,
      edge: data ? edgeOf(data) : null,
      isPlanned: planned.has(day),
    };
  });
}

/** Five steps up to the greatest, by what the mode counts. A day with something is never as pale as one without. */
function scaleOf(days: readonly Day[], mode: Mode): (day: Day) => number {
  const value = (day: Day): number => {
    if (mode === "median") return day.median_ms ?? 0;
    return mode === "count" ? runsOf(day) : day.completed;
  };
  const sorted = days.map(value).filter((each) => each > 0).toSorted((a, b) => a - b);
  const most = sorted[Math.ceil((sorted.length - 1) * 0.95)] ?? 1;
  return (day) => (value(day) === 0 ? 0 : Math.min(5, Math.max(1, Math.ceil((value(day) / most) * 5))));
}

export function runsOf(day: Day): number {
  return day.completed + day.failed + day.interrupted + day.cancelled;
}

function cornerOf(day: Day): 0 | 1 | 2 | 3 {
  const bad = day.failed + day.interrupted;
  if (bad === 0) return 0;
  const share = bad / runsOf(day);
  return share >= 0.5 ? 3 : share >= 0.1 ? 2 : 1;
}

/** A missed due time is always news; a skipped one only where nothing ran on that day. */
function edgeOf(day: Day): Cell["edge"] {
  if (day.missed > 0) return "missed";
  return day.skipped > 0 && runsOf(day) === 0 ? "skipped" : null;
}

/** The nearest cell after (`by` 1) or before (-1) one on which something failed or was missed. */
export function nextBad(cells: readonly Cell[], from: string, by: 1 | -1): Cell | undefined {
  const isThere = (cell: Cell) => (by > 0 ? cell.day > from : cell.day < from) && (cell.corner > 0 || cell.edge === "missed");
  return by > 0 ? cells.find(isThere) : cells.findLast(isThere);
}

/** How many weeks stand in one row where there is room for so many: as even as can be, so that no row is a stub. */
export function weeksPerRow(weeks: number, room: number): number {
  const rows = Math.ceil(weeks / Math.max(1, Math.min(weeks, room)));
  return Math.ceil(weeks / rows);
}

/** The weeks in which months begin; one that would stand in the name before it is left out. */
export function monthsOf(first: string, weeks: number): readonly Month[] {
  const months: Month[] = [];
  const from = toNumber(first);
  for (let week = 0; week < weeks; week++) {
    for (let day = 0; day < 7; day++) {
      const text = toDay(from + week * 7 + day);
      if (!text.endsWith("-01")) continue;
      if (week - (months.at(-1)?.week ?? -9) >= 3) months.push({ name: MONTHS[Number(text.slice(5, 7)) - 1] ?? "", week });
    }
  }
  return months;
}

/** Sums over all days. */
export function totalsOf(days: readonly Day[]) {
  const sum = (of: (day: Day) => number) => days.reduce((total, day) => total + of(day), 0);
  return { runs: sum(runsOf), completed: sum((day) => day.completed), days: days.filter((day) => runsOf(day) > 0).length, missed: sum((day) => day.missed) };
}
