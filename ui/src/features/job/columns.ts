/** The columns that plot and grid share: one for each run, the oldest at the left. */

import type { Run } from "@/api/schema";
import { statusOf, type Status } from "@/lib/status";

import type { GridPage, GridTask } from "./data";

export const CELL_PX = 14;
export const GAP_PX = 2;
export const COLUMN_PX = CELL_PX + GAP_PX;

export interface GridColumn {
  readonly run: Run;
  /** The definition is another one than that of the run before. */
  readonly isChanged: boolean;
}

export interface GridCell {
  readonly column: number;
  readonly status: Status | null;
  readonly attempts: number;
}

export interface GridRow {
  readonly task: GridTask;
  readonly cells: readonly GridCell[];
}

export type RowFilter = "failed" | "retried";

/** Join the pages, newest first as they came, into columns and rows with the oldest at the left. */
export function gridOf(pages: readonly GridPage[]): { readonly columns: readonly GridColumn[]; readonly rows: readonly GridRow[] } {
  const runs = pages.flatMap((page) => page.runs).toReversed();
  const columns = runs.map((run, at): GridColumn => {
    const before = runs[at - 1];
    return { run, isChanged: before !== undefined && before.definition !== run.definition };
  });
  const rows = tasksOf(pages).map((task): GridRow => {
    const cells = join(pages, task.id, "cells", "-");
    const attempts = join(pages, task.id, "attempts", ".");
    return {
      task,
      cells: runs.map((_, at) => ({ column: at, status: statusOf(cells[at] ?? "-"), attempts: attemptsOf(attempts[at] ?? ".") })),
    };
  });
  return { columns, rows };
}

/** Tasks in the order of the newest page; those that only older pages know of are gone, and come last. */
function tasksOf(pages: readonly GridPage[]): readonly GridTask[] {
  const tasks = new Map<string, GridTask>();
  for (const [at, page] of pages.entries())
    for (const task of page.tasks) if (!tasks.has(task.id)) tasks.set(task.id, at === 0 ? task : { ...task, gone: true });
  return [...tasks.values()].toSorted((a, b) => Number(a.gone) - Number(b.gone));
}

/** One row over all pages, the oldest first; a page that does not know the task has blanks. */
function join(pages: readonly GridPage[], taskId: string, what: "cells" | "attempts", blank: string): string {
  const texts = pages.map((page) => (page[what][taskId] ?? "").padEnd(page.runs.length, blank));
  // Each character stands for a run: there are only plain ones.
  return Array.from(texts.join(""), (character) => character).toReversed().join("");
}

function attemptsOf(character: string): number {
  return character === "+" ? 10 : Number.parseInt(character, 10) || 0;
}

/** Rows of tasks that failed, or that needed more than one attempt, in some run that is shown. */
export function filterRows(rows: readonly GridRow[], filter: RowFilter | undefined): readonly GridRow[] {
  if (filter === "failed") return rows.filter((row) => row.cells.some((cell) => cell.status === "failed" || cell.status === "interrupted"));
  if (filter === "retried") return rows.filter((row) => row.cells.some((cell) => cell.attempts > 1));
  return rows;
}

/** The first task of a run that failed, for the click on its column. */
export function failedIn(rows: readonly GridRow[], column: number): string | undefined {
  return rows.find((row) => row.cells[column]?.status === "failed" || row.cells[column]?.status === "interrupted")?.task.id;
}
