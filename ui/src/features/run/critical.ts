/** The tasks that the length of a run came from: shorten one of them, and the run is shorter. */

import type { TaskView } from "@/api/schema";

import { workOf, type Axis, type GanttRow } from "./gantt";

export interface Critical {
  /** Ids of its tasks, the first one first. */
  readonly path: readonly string[];
  /** What they ran, together. */
  readonly ms: number;
}

/** From the task that ended last back, each time through the dependency that ended last. */
export function criticalPath(rows: readonly GanttRow[], plan: readonly TaskView[]): Critical {
  const ran = new Map(rows.filter((row) => row.startedAt !== null).map((row) => [row.task.task_id, row]));
  const depends = new Map(plan.map((task) => [task.id, task.depends_on]));
  const endOf = (row: GanttRow): number => row.endedAt ?? Infinity; // what runs has the last end of all
  let at = latest([...ran.values()], endOf);
  const path: GanttRow[] = [];
  while (at && !path.includes(at)) {
    path.unshift(at);
    const before = (depends.get(at.task.task_id) ?? []).map((id) => ran.get(id)).filter((row) => row !== undefined);
    at = latest(before, endOf);
  }
  return { path: path.map((row) => row.task.task_id), ms: path.reduce((sum, row) => sum + workOf(row), 0) };
}

/** The line of the path: below each bar, along the wait for the next one, then to its row. `lineOf` is where a row's line is. */
export function lineOfPath(path: readonly string[], rows: readonly GanttRow[], axis: Axis, lineOf: (index: number) => number): string {
  const places = new Map(rows.map((row, index) => [row.task.task_id, index]));
  return path
    .map((id, step) => {
      const index = places.get(id) ?? 0;
      const { startedAt, endedAt } = rows[index] ?? {};
      const begin = round(axis.x(startedAt ?? axis.zero));
      const to = step === 0 ? `M${begin} ${lineOf(index)}` : `H${begin}V${lineOf(index)}`;
      return `${to}H${round(axis.x(endedAt ?? axis.now))}`;
    })
    .join("");
}

const round = (px: number): number => Math.round(px * 10) / 10;

function latest(rows: readonly GanttRow[], endOf: (row: GanttRow) => number): GanttRow | undefined {
  return rows.reduce<GanttRow | undefined>((last, row) => (last === undefined || endOf(row) > endOf(last) ? row : last), undefined);
}
