/** Where everything on the schedule's time axis stands: pure arithmetic from runs and due times to pixels. */

/** A run that was, is or is to come. Times are milliseconds. */
export interface Bar {
  readonly key: string;
  readonly jobId: string;
  readonly from: number;
  /** Its end, known or expected; of a running one the present. */
  readonly to: number;
  /** Until when a slow one takes, of planned ones that are known. */
  readonly late: number | null;
  readonly kind: "ran" | "running" | "planned";
  /** The status of a run; of a planned one what becomes of it. */
  readonly state: string;
  readonly runId: string | null;
  /** Why a planned one will not run at once. */
  readonly reason: string | null;
}

/** A due time at which nothing ran, or nothing will. */
export interface Mark {
  readonly key: string;
  readonly jobId: string;
  readonly at: number;
  readonly fate: "skipped" | "missed";
  readonly reason: string | null;
  readonly isPlanned: boolean;
}

/** A stretch of time on so many pixels. */
export interface Scale {
  readonly from: number;
  readonly to: number;
  readonly width: number;
}

/** Something drawn: one bar, or several that would stand in each other's way. */
export interface Drawn {
  readonly key: string;
  readonly x: number;
  readonly width: number;
  /** End of the whisker; null for none. */
  readonly whiskerX: number | null;
  /** 1: below another run that is still going. */
  readonly lane: 0 | 1;
  readonly bars: readonly Bar[];
  /** In the order of alarm: what a merged bar must not hide. */
  readonly state: string;
  readonly kind: Bar["kind"];
}

/** Bars nearer than this become one. */
const MERGE_PX = 3;
/** No bar is narrower. */
const FLOOR_PX = 3;

/** What a merged bar shows: the first of these that is among its bars. */
const ALARM = ["running", "failed", "interrupted", "cancelled", "pending", "skip", "wait", "completed", "run"];

export function toX(scale: Scale, at: number): number {
  return ((at - scale.from) / (scale.to - scale.from)) * scale.width;
}

export function toTime(scale: Scale, x: number): number {
  return scale.from + (x / scale.width) * (scale.to - scale.from);
}

/** Put the bars of one job on its row: overlapping ones in a lower lane, near ones merged, never across now. */
export function layRow(bars: readonly Bar[], scale: Scale, now: number): Drawn[] {
  const visible = bars.filter((bar) => bar.to >= scale.from && bar.from <= scale.to);
  const sorted = visible.toSorted((a, b) => a.from - b.from || a.to - b.to);
  const open: (Drawn | undefined)[] = [undefined, undefined];
  const drawn: Drawn[] = [];
  let until = -Infinity;
  for (const bar of sorted) {
    const lane = bar.from < until ? 1 : 0;
    until = Math.max(until, bar.to);
    const alone = draw(bar, scale, lane);
    const before = open[lane];
    if (before && mayMerge(before, alone, now)) {
      open[lane] = merge(before, alone);
      continue;
    }
    if (before) drawn.push(before);
    open[lane] = alone;
  }
  for (const last of open) if (last) drawn.push(last);
  return drawn.toSorted((a, b) => a.x - b.x || a.lane - b.lane);
}

function draw(bar: Bar, scale: Scale, lane: 0 | 1): Drawn {
  const x = Math.max(0, toX(scale, bar.from));
  const end = Math.min(scale.width, toX(scale, bar.to));
  const late = bar.late === null ? null : Math.min(scale.width, toX(scale, bar.late));
  return {
    key: bar.key,
    x,
    width: Math.max(FLOOR_PX, end - x),
    whiskerX: late === null || late <= x + FLOOR_PX ? null : late,
    lane,
    bars: [bar],
    state: bar.state,
    kind: bar.kind,
  };
}

/** What runs stays apart, and what was stays apart from what is to come. */
function mayMerge(left: Drawn, right: Drawn, now: number): boolean {
  if (left.kind === "running" || right.kind === "running" || left.kind !== right.kind) return false;
  const isPast = (each: Drawn) => (each.bars[0]?.from ?? 0) <= now;
  return isPast(left) === isPast(right) && right.x - (left.x + left.width) < MERGE_PX;
}

function merge(left: Drawn, right: Drawn): Drawn {
  const state = ALARM.find((each) => each === left.state || each === right.state) ?? left.state;
  const end = Math.max(left.x + left.width, right.x + right.width);
  return { ...left, width: end - left.x, whiskerX: right.whiskerX, bars: [...left.bars, ...right.bars], state };
}

/** A stretch in which the number of runs does not change. */
export interface Step {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** How many runs there are at a time, as a line of steps from the first begin to the last end. */
export function loadOf(bars: readonly Bar[]): Step[] {
  const changes = new Map<number, number>();
  const change = (at: number, by: number) => changes.set(at, (changes.get(at) ?? 0) + by);
  for (const bar of bars) {
    if (bar.kind === "planned" && bar.state === "skip") continue;
    change(bar.from, 1);
    change(Math.max(bar.to, bar.from + 1), -1); // one that took no time still was there
  }
  const times = [...changes.keys()].sort((a, b) => a - b);
  const steps: Step[] = [];
  let count = 0;
  for (const [place, at] of times.entries()) {
    count += changes.get(at) ?? 0;
    const next = times[place + 1];
    if (next !== undefined && count > 0) steps.push({ from: at, to: next, count });
  }
  return steps;
}

/** The greatest number of runs at a time, and when it is reached first; null where there is none. */
export function peakOf(steps: readonly Step[]): Step | null {
  let peak: Step | null = null;
  for (const step of steps) if (!peak || step.count > peak.count) peak = step;
  return peak;
}

/** The most runs on each pixel: what a picture can show of steps that are narrower. */
export function byPixel(steps: readonly Step[], scale: Scale): Step[] {
  const counts = new Map<number, number>();
  for (const step of steps) {
    const last = Math.min(scale.width, Math.ceil(toX(scale, step.to)));
    for (let x = Math.max(0, Math.floor(toX(scale, step.from))); x < last; x++) counts.set(x, Math.max(counts.get(x) ?? 0, step.count));
  }
  const drawn: Step[] = [];
  for (const [x, count] of [...counts].sort(([a], [b]) => a - b)) {
    const before = drawn.at(-1);
    const [from, to] = [toTime(scale, x), toTime(scale, x + 1)];
    // Two pixels that touch may differ by a rounding of the time.
    if (before?.count === count && Math.abs(before.to - from) < 1) drawn[drawn.length - 1] = { ...before, to };
    else drawn.push({ from, to, count });
  }
  return drawn;
}

/** Draw steps as an area whose height is the count: the points of an SVG path, within the scale. */
export function areaPath(steps: readonly Step[], scale: Scale, height: number, most: number): string {
  const y = (count: number) => round(height - (Math.min(count, most) / Math.max(most, 1)) * height);
  const parts: string[] = [];
  let end = Number.NaN;
  for (const step of steps) {
    if (step.to < scale.from || step.from > scale.to) continue;
    const [x1, x2] = [round(clamp(toX(scale, step.from), scale.width)), round(clamp(toX(scale, step.to), scale.width))];
    if (x1 !== end) parts.push(Number.isNaN(end) ? `M${x1} ${height}` : `V${height}H${x1}`);
    parts.push(`V${y(step.count)}H${x2}`);
    end = x2;
  }
  return parts.length === 0 ? "" : `${parts.join("")}V${height}Z`;
}

const clamp = (x: number, width: number): number => Math.min(Math.max(x, 0), width);
const round = (value: number): number => Math.round(value * 10) / 10;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TICKS = [MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY];
const TICK_PX = 72;

/** The moments that the axis names, at whole hours or days of a zone. `offset` is what its clocks are ahead of UTC. */
export function ticksOf(scale: Scale, offset: (at: number) => number): number[] {
  const most = Math.max(1, Math.floor(scale.width / TICK_PX));
  const span = scale.to - scale.from;
  const every = TICKS.find((tick) => span / tick <= most) ?? 7 * DAY;
  const ticks: number[] = [];
  // Steps are taken on the zone's own clock, so that a change of its offset moves no later tick off the hour.
  let local = Math.ceil((scale.from + offset(scale.from)) / every) * every;
  for (; ticks.length <= most + 1; local += every) {
    const guess = local - offset(local - offset(scale.from));
    const at = local - offset(guess);
    if (at > scale.to) break;
    if (at >= scale.from && at !== ticks.at(-1)) ticks.push(at);
  }
  return ticks;
}

export const SPANS = [
  { id: "1h", label: "1 h", past: 0.25 * HOUR, coming: 0.75 * HOUR },
  { id: "6h", label: "6 h", past: 1.5 * HOUR, coming: 4.5 * HOUR },
  { id: "24h", label: "24 h", past: 6 * HOUR, coming: 18 * HOUR },
  { id: "3d", label: "3 d", past: DAY, coming: 2 * DAY },
  { id: "14d", label: "14 d", past: 4 * DAY, coming: 10 * DAY },
] as const;

export type Order = "next" | "name" | "load";

/** One job on the axis. */
export interface Row {
  readonly jobId: string;
  readonly bars: readonly Bar[];
  readonly marks: readonly Mark[];
  readonly nextAt: number | null;
  readonly busyMs: number;
}

/** Sort what happens into rows, one for each job that anything happens to. */
export function rowsOf(bars: readonly Bar[], marks: readonly Mark[], now: number, order: Order): Row[] {
  const byJob = new Map<string, { bars: Bar[]; marks: Mark[] }>();
  const of = (jobId: string) => {
    let row = byJob.get(jobId);
    if (!row) byJob.set(jobId, (row = { bars: [], marks: [] }));
    return row;
  };
  for (const bar of bars) of(bar.jobId).bars.push(bar);
  for (const mark of marks) of(mark.jobId).marks.push(mark);
  const rows = [...byJob].map(([jobId, row]): Row => {
    const next = [...row.bars.filter((bar) => bar.kind === "planned").map((bar) => bar.from), ...row.marks.filter((mark) => mark.isPlanned).map((mark) => mark.at)];
    const coming = next.filter((at) => at >= now);
    return {
      jobId,
      ...row,
      nextAt: coming.length === 0 ? null : Math.min(...coming),
      busyMs: row.bars.reduce((sum, bar) => sum + (bar.to - bar.from), 0),
    };
  });
  const byName = (a: Row, b: Row) => (a.jobId < b.jobId ? -1 : 1);
  if (order === "name") return rows.sort(byName);
  if (order === "load") return rows.sort((a, b) => b.busyMs - a.busyMs || byName(a, b));
  return rows.sort((a, b) => (a.nextAt ?? Infinity) - (b.nextAt ?? Infinity) || byName(a, b));
}
