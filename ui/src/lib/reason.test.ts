import { describe, expect, it } from "vitest";

import { plainWhy, sayWhy } from "./reason";

const RUN = "0192f3aa-0000-7000-8000-000000000000";
const at = (time: number) => `t${time}`;

describe("why a due time did not run", () => {
  it.each<[string, string, Record<string, unknown> | null, string]>([
    ["a pause says since when and why", "paused", { since: 1, until: null, reason: "upgrade" }, "the scheduler was paused since t1: upgrade"],
    ["a pause that ends says when", "job_paused", { since: 1, until: 9, reason: null }, "the job was paused since t1, until t9"],
    ["overlap names the run that was in the way", "overlap", { max_concurrency: 1, running: [RUN] }, "the run before was still going (1 of 1), run 0192f3aa…"],
    ["overlap to come has a count alone", "overlap", { max_concurrency: 2, running_runs: 2 }, "earlier runs were still going (2 of 2)"],
    [
      "each dependency has its reason", "dependency",
      { dependencies: [{ job: "a", reason: "its last run failed", last_run: RUN }, { job: "b", reason: "no run of it has ended", last_run: null }] },
      "it needs a: its last run failed, run 0192f3aa…; it needs b: no run of it has ended",
    ],
    ["downtime says from when to when", "down", { since: 0, until: 60_000, catchup: "last" }, "Petit was down from t0 to t60000 (1 m 00 s); only the last one is made up for"],
    ["downtime whose begin nobody knows", "down", { since: null, until: 5, catchup: "none" }, "Petit was down until t5; the job makes up for nothing"],
    ["sleep", "asleep", { since: 0, until: 1_000, catchup: "all" }, "the machine was asleep from t0 to t1000 (1.0 s)"],
    ["a full queue", "queue_full", { limit: 100, pending: 100 }, "100 runs of it waited already"],
    ["two schedules at once", "same_instant", { run_id: RUN, schedule: "x" }, "another schedule of the job was due at the same moment, run 0192f3aa…"],
    ["disabled", "disabled", null, "the job is disabled in its file"],
    ["the limit of catching up", "catchup_limit", null, "only the oldest 100 are made up for"],
    ["a changed schedule", "schedule_changed", { since: 1, until: 2 }, "the schedule was changed while Petit was down"],
    ["a reason of a newer Petit", "solar_flare", { since: "?" }, "solar flare"],
    ["evidence of another shape", "dependency", { dependencies: "?" }, "a job that it needs was not done"],
  ])("%s", (_, reason, evidence, wanted) => expect(plainWhy({ reason, evidence }, at)).toBe(wanted));

  it("is empty where there is none", () => expect(sayWhy({ reason: null, evidence: null })).toEqual([]));
});
