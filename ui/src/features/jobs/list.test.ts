import { describe, expect, it } from "vitest";

import { filterJobs, sortJobs, tagsOf, windowOf, type Filter, type Job } from "./list";

const job = (id: string, more: Partial<Job> = {}): Job => ({
  id, name: id, enabled: true, scheduled: true, task_count: 1, description: "", tags: [], schedules: [], next_run_at: null, last_run: null,
  running_runs: 0, queued_runs: 0, paused: false, pause: null, max_concurrency: null, removed: false, stale: false,
  success_rate: null, recent_runs: 0, recent_completed: 0, median_ms: null, p90_ms: null, ...more,
});
const ids = (jobs: readonly Job[]) => jobs.map((each) => each.id);
const failed = { status: "failed", started_at: 5, created_at: 5 } as Job["last_run"];

const JOBS = [
  job("backup", { tags: ["nightly"], description: "Dump the shop", next_run_at: 20, median_ms: 3 }),
  job("etl_load", { tags: ["etl", "nightly"], last_run: failed, next_run_at: 10, success_rate: 0.5 }),
  job("report", { tags: ["etl"], paused: true, scheduled: false, median_ms: 1, success_rate: 1 }),
];

describe("the filter", () => {
  it.each<[string, Filter, string[]]>([
    ["nothing filters nothing", {}, ["backup", "etl_load", "report"]],
    ["a word may be in the id", { q: "LOAD" }, ["etl_load"]],
    ["in the description", { q: "shop" }, ["backup"]],
    ["or in a tag, and all words must be there", { q: "etl nightly" }, ["etl_load"]],
    ["one of the tags fits", { tags: ["etl", "x"] }, ["etl_load", "report"]],
    ["one of the states fits", { states: ["failing", "paused"] }, ["etl_load", "report"]],
    ["a state and a tag both must", { states: ["manual"], tags: ["nightly"] }, []],
    ["a state that nobody knows fits none", { states: ["odd"] }, []],
  ])("%s", (_, filter, wanted) => expect(ids(filterJobs(JOBS, filter))).toEqual(wanted));
});

describe("the order", () => {
  it.each([
    ["name", ["backup", "etl_load", "report"]],
    ["-name", ["report", "etl_load", "backup"]],
    ["next", ["etl_load", "backup", "report"]],
    ["-next", ["backup", "etl_load", "report"]],
    ["median", ["report", "backup", "etl_load"]],
    ["success", ["etl_load", "report", "backup"]],
    ["odd", ["backup", "etl_load", "report"]],
  ])("by %s, with nothing last", (sort, wanted) => expect(ids(sortJobs(JOBS, sort))).toEqual(wanted));
});

it("the most used tag comes first", () => expect(tagsOf([...JOBS, job("x", { tags: ["etl"] })])).toEqual(["etl", "nightly"]));
it("a window of rows is asked for together", () => expect(windowOf(["a", "b", "c", "d", "e"], 3, 2)).toEqual(["c", "d"]));
