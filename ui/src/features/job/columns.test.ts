import { describe, expect, it } from "vitest";

import type { Run } from "@/api/schema";

import { failedIn, filterRows, gridOf } from "./columns";
import type { GridPage } from "./data";

const run = (id: string, definition = "d1"): Run => ({ id, definition }) as Run;
const task = (id: string, gone = false) => ({ id, name: id, gone });
const newest: GridPage = {
  job_id: "etl", tasks: [task("extract"), task("load")], runs: [run("r4", "d2"), run("r3")],
  cells: { extract: "cc", load: "fc" }, attempts: { extract: "11", load: "3." },
};
const older: GridPage = {
  job_id: "etl", tasks: [task("extract"), task("old")], runs: [run("r2"), run("r1")],
  cells: { extract: "ci", old: "s-" }, attempts: { extract: "12", old: "0." },
};

describe("the grid", () => {
  const { columns, rows } = gridOf([newest, older]);
  it("has the oldest run at the left", () => expect(columns.map((each) => each.run.id)).toEqual(["r1", "r2", "r3", "r4"]));
  it("marks where the definition changed", () => expect(columns.map((each) => each.isChanged)).toEqual([false, false, false, true]));
  it("has the tasks of today first, then those that are gone", () => {
    expect(rows.map((row) => [row.task.id, row.task.gone])).toEqual([["extract", false], ["load", false], ["old", true]]);
  });
  it("has a cell for each run, blank where there was no such task", () => {
    expect(rows.map((row) => row.cells.map((cell) => cell.status))).toEqual([
      ["interrupted", "completed", "completed", "completed"],
      [null, null, "completed", "failed"],
      [null, "skipped", null, null],
    ]);
  });
  it("knows how often a task was tried", () => expect(rows[1]?.cells.map((cell) => cell.attempts)).toEqual([0, 0, 0, 3]));
  it("can show only what failed, or was tried again", () => {
    expect(filterRows(rows, "failed").map((row) => row.task.id)).toEqual(["extract", "load"]);
    expect(filterRows(rows, "retried").map((row) => row.task.id)).toEqual(["extract", "load"]);
    expect(filterRows(rows, undefined)).toBe(rows);
  });
  it("knows which task failed first in a run", () => expect([failedIn(rows, 3), failedIn(rows, 2)]).toEqual(["load", undefined]));
});
