/** The tasks that the length of a run came from: shorten one of them, and the run is shorter. */

import type { TaskView } from "@/api/schema";

import { workOf, type GanttRow } from "./gantt";

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

function latest(rows: readonly GanttRow[], endOf: (row: GanttRow) => number): GanttRow | undefined {
  return rows.reduce<GanttRow | undefined>((last, row) => (last === undefined || endOf(row) > endOf(last) ? row : last), undefined);
}
