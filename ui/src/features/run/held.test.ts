import { expect, it } from "vitest";

import { aRun } from "./fixtures";
import { heldBy } from "./held";

const queued = aRun({ id: "q", status: "pending", started_at: null, ended_at: null });
const running = (id: string) => aRun({ id, status: "running", ended_at: null });
const total = (limit: number | null, used: number) => [{ name: "max_jobs", limit, used, holders: ["x", "y"].slice(0, used) }];

it.each([
  ["its job's limit", 2, [running("b"), running("a")], total(null, 2), { limit: "max_concurrency", most: 2, used: 2, holders: ["a", "b"] }],
  ["its job's before that of all", 1, [running("a")], total(1, 1), { limit: "max_concurrency", most: 1, used: 1, holders: ["a"] }],
  ["that of all", 2, [running("a")], total(2, 2), { limit: "max_jobs", most: 2, used: 2, holders: ["x", "y"] }],
  ["none, where a run of the list has ended since", 1, [aRun({ id: "a" })], total(2, 1), null],
  ["none, where there are none", null, [running("a")], total(null, 1), null],
])("a queued run is held back by %s", (_, most, runs, limits, held) => {
  expect(heldBy(queued, { max_concurrency: most }, runs, limits)).toEqual(held);
});
