import { expect, test } from "vitest";

import { best, rank } from "./rank";

test.each([
  ["the whole before the beginning", "etl", "etl", "etl_nightly"],
  ["the beginning before the middle", "etl", "etl_nightly", "daily_etl"],
  ["a word before a part of one", "night", "etl_nightly", "fortnight"],
  ["letters together before letters apart", "etl", "daily_etl", "extra_table_load"],
  ["beginnings of words before letters within", "en", "etl_nightly", "behind_nothing_else"],
])("%s", (_, query, better, worse) => {
  expect(rank(query, better)).toBeGreaterThan(rank(query, worse));
});

test("letters that are not there in this order are no answer", () => {
  expect([rank("xyz", "etl_nightly"), rank("lte", "etl")]).toEqual([0, 0]);
});

test("case and blanks around do not matter", () => {
  expect(rank(" ETL ", "etl_nightly")).toBe(rank("etl", "ETL_nightly"));
});

test("an id counts before a tag, and nothing typed leaves the order", () => {
  const items = [
    { id: "report", tag: "etl" },
    { id: "etl_nightly", tag: "x" },
  ];
  const texts = (item: (typeof items)[number]) => [item.id, item.tag];
  expect(best("etl", items, texts, 50).map((each) => each.id)).toEqual(["report", "etl_nightly"]);
  expect(best("etl_n", items, texts, 50).map((each) => each.id)).toEqual(["etl_nightly"]);
  expect(best("", items, texts, 1).map((each) => each.id)).toEqual(["report"]);
});

test("no more are given than were asked for", () => {
  const items = Array.from({ length: 5_000 }, (_, at) => `job_${at}_nightly`);
  expect(best("jn", items, (item) => [item], 50)).toHaveLength(50);
});
