import { expect, test } from "vitest";

import { asDay, asFlag, asList, asText, asWhole, asWord, defined, parseSearch, writeSearch } from "./search";

test("what is written is read again, and looks as people would write it", () => {
  const text = writeSearch({ q: "a b&c", tag: ["nightly", "db"], follow: true, off: false, none: undefined, page: 3 });
  expect(text).toBe("?q=a+b%26c&tag=nightly,db&follow=1&page=3");
  expect(parseSearch(text)).toEqual({ q: "a b&c", tag: "nightly,db", follow: "1", page: "3" });
});

test("nothing is guessed: a text of digits is text", () => {
  expect(parseSearch("?q=123&x=true&y=null")).toEqual({ q: "123", x: "true", y: "null" });
});

test("a member that makes no sense is as if it were not there", () => {
  expect([asWhole("12"), asWhole("-1"), asWhole("1e9"), asWhole("x"), asWhole(undefined)]).toEqual([
    12,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect([asWord("a", ["a", "b"]), asWord("c", ["a", "b"])]).toEqual(["a", undefined]);
  expect([asText(""), asText("x"), asText({})]).toEqual([undefined, "x", undefined]);
  expect([asFlag("1"), asFlag("0")]).toEqual([true, undefined]);
  expect([asList("a,,b"), asList(["a"]), asList("")]).toEqual([["a", "b"], ["a"], undefined]);
  expect([asDay("2028-02-29"), asDay("2026-02-29"), asDay("today")]).toEqual(["2028-02-29", undefined, undefined]);
  expect(defined({ a: 1, b: undefined })).toEqual({ a: 1 });
});
