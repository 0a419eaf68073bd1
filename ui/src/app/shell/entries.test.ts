import { expect, test } from "vitest";

import type { JobSummary, Run } from "@/api/schema";
import type { Action } from "@/lib/actions";

import { answersOf, MOST } from "./entries";

const action = (name: string, more: Partial<Action> = {}): Action => ({ id: name, name, group: "Job", run: () => undefined, ...more });
const job = (id: string, tags: readonly string[] = []) => ({ id, name: id, tags }) as unknown as JobSummary;
const run = (id: string, job_id: string) => ({ id, job_id }) as unknown as Run;
const heads = (groups: ReturnType<typeof answersOf>) => groups.map(([name]) => name);

test("with nothing typed, what can be done here comes first", () => {
  expect(heads(answersOf("", [action("Trigger etl…")], [job("etl")], [run("r1", "etl")]))).toEqual(["Do", "Recent runs", "Jobs"]);
});

test("what is typed most likely means a job", () => {
  const groups = answersOf("etl", [action("Trigger etl…")], [job("etl"), job("other")], []);
  expect(heads(groups)).toEqual(["Jobs", "Do"]);
  expect(groups[0]?.[1].map((entry) => entry.id)).toEqual(["job etl"]);
});

test("a job is found by its tag, an action by a word that its name does not have", () => {
  const found = answersOf("nightly", [action("Switch theme", { words: "nightly dark" })], [job("etl", ["nightly"])], []);
  expect(found.flatMap(([, entries]) => entries.map((entry) => entry.id))).toEqual(["job etl", "action Switch theme"]);
});

test("what cannot be done is listed with its reason, what is only a key is not", () => {
  const off = action("Cancel run…", { disabled: "It is over" });
  const groups = answersOf("", [off, action("Next row", { isKeyOnly: true })], [], []);
  expect(groups).toEqual([["Do", [{ kind: "action", id: "action Cancel run…", action: off }]]]);
});

test("five thousand jobs make fifty rows", () => {
  const jobs = Array.from({ length: 5_000 }, (_, at) => job(`job-${at}`));
  const rows = answersOf("job", [action("Trigger job…")], jobs, [run("r", "job-1")]).flatMap(([, entries]) => entries);
  expect(rows).toHaveLength(MOST);
});
