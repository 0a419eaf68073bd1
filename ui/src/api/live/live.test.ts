import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { expect, test, vi } from "vitest";

import type { Run } from "../schema";
import { Entities } from "./entities";
import { factOf, isLater } from "./facts";
import { live, LiveQueries } from "./live";
import { eventParser, type ServerEvent } from "./parse";

const event = (id: string, name: string, data: object): ServerEvent => ({ id, event: name, data: JSON.stringify(data) });
const run = (status: string) => ({ id: "r1", job_id: "etl", status, created_at: 1 }) as unknown as Run;
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

test("events are read from pieces that are cut anywhere", () => {
  const text = 'retry: 1000\nid: 5-0\n\nid: 6-0\nevent: run_started\ndata: {"a":1}\n\n: still here\nid: 6-0\n\n';
  const parse = eventParser();
  const events = Array.from(text).flatMap((letter) => parse(letter));
  expect(events.map((each) => [each.id, each.event, each.data])).toEqual([
    ["5-0", "", ""],
    ["6-0", "run_started", '{"a":1}'],
    ["6-0", "", ""],
  ]);
});

test("what is no fact is none, and ids grow by both numbers", () => {
  expect(factOf({ id: "6-0", event: "", data: "" })).toBeUndefined();
  expect(factOf({ id: "6-1", event: "run_started", data: "{}" })).toMatchObject({ change: 6, number: 1 });
  expect([isLater("10-0", "9-5"), isLater("9-5", "9-4"), isLater("9-4", "9-4")]).toEqual([true, true, false]);
});

test("a row never goes back: neither by an older fact nor by an answer that was asked for before", () => {
  const rows = new Entities<string>();
  expect(rows.put("a", "newer", 10, 1)).toBe(true);
  expect([rows.put("a", "older", 9, 0), rows.put("a", "older", 10, 0)]).toEqual([false, false]);
  expect(rows.newest("a", "answer", 9)).toBe("newer");
  expect(rows.newest("a", "answer", 10)).toBe("answer");
});

test("facts that come together are worked through at once, and patch what they touch", async () => {
  const client = new QueryClient();
  const patch = vi.fn((shown: Run, facts: { run(id: string): Run | undefined }) => facts.run("r1") ?? shown);
  client.setQueryData(["run", "r1"], run("pending"));
  client.getQueryCache().find({ queryKey: ["run", "r1"] })?.setOptions({ queryKey: ["run", "r1"], meta: live<Run>({ patch }) });
  const queries = new LiveQueries(client);
  queries.take([event("1-0", "run_started", { run: run("running") }), event("2-0", "run_completed", { run: run("completed") })]);
  await settled();
  expect(patch).toHaveBeenCalledTimes(1);
  expect(client.getQueryData(["run", "r1"])).toMatchObject({ status: "completed" });
});

test("what only the server can count is asked for again, once for many facts; a reset asks for all", async () => {
  vi.useFakeTimers();
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  const queryFn = vi.fn(() => Promise.resolve(1));
  const meta = live<number>({ refetch: (facts) => facts.touchesJob("etl"), everyMs: 1_000 });
  const end = new QueryObserver(client, { queryKey: ["jobs"], queryFn, meta }).subscribe(() => undefined);
  await vi.advanceTimersByTimeAsync(10);
  const queries = new LiveQueries(client);
  const tell = async (job: string) => {
    queries.take([event("3-0", "run_started", { job_id: job })]);
    await vi.advanceTimersByTimeAsync(10);
  };
  await tell("other");
  expect(queryFn).toHaveBeenCalledTimes(1);
  for (let at = 0; at < 5; at += 1) await tell("etl");
  expect(queryFn).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(queryFn).toHaveBeenCalledTimes(3);
  queries.take([{ id: "9-0", event: "reset", data: "{}" }]);
  await vi.advanceTimersByTimeAsync(10);
  expect(queryFn).toHaveBeenCalledTimes(4);
  end();
  vi.useRealTimers();
});
