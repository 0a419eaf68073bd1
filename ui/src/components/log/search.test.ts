import { describe, expect, it } from "vitest";

import { rowOf } from "./combinedDoc";
import { Listeners, type LogDoc, type Row } from "./doc";
import { isError } from "./errors";
import { findAll, HitsDoc, landingOf, matches, nextMatch, patternOf, type Found } from "./search";

const forever = new AbortController().signal;

/** A log of these lines; one that begins with `!` is of stderr. */
function docOf(...lines: string[]): LogDoc {
  const rows: Row[] = lines.map((text, place) =>
    rowOf({ stream: text.startsWith("!") ? "stderr" : "stdout", offset: place, at: null, text: text.replace(/^!/, ""), partial: false }, place),
  );
  const listeners = new Listeners();
  return {
    first: 0,
    size: rows.length,
    appended: 0,
    failure: null,
    rowAt: (position) => rows[position],
    rowBefore: (position) => (position <= 0 ? null : rows[position - 1]),
    onChange: (listener) => listeners.add(listener),
    wantTimes: () => undefined,
    retry: () => undefined,
    close: () => undefined,
  };
}

describe("patterns", () => {
  it.each([
    ["literal text has no special characters", { text: "a.b(", isRegex: false }, "xA.B(y", true],
    ["a capital letter makes case count", { text: "Error", isRegex: false }, "error", false],
    ["a regular expression", { text: "^a+$", isRegex: true }, "aaa", true],
    ["colours are passed over", { text: "red", isRegex: false }, "\x1b[31mr\x1b[1med\x1b[0m", true],
  ])("%s", (_, wanted, text, isMatch) => expect(matches(patternOf(wanted)!)(text)).toBe(isMatch));
  it("a bad one is null, none is undefined", () => {
    expect(patternOf({ text: "(", isRegex: true })).toBeNull();
    expect(patternOf({ text: "", isRegex: true })).toBeUndefined();
  });
});

describe("errors", () => {
  it.each([
    ["ERROR: disk full", true],
    ["fatal: not a git repository", true],
    ["thread 'main' panicked at x.rs", true],
    ["ValueError: no such share", true],
    ["requests.exceptions.ConnectionError: refused", true],
    ["java.lang.NullPointerException", true],
    ["see error.log", false],
    ["run with --error", false],
    ["error: none", false],
    ["errors=0", false],
    ["2 errors", true],
    ["\x1b[31mError\x1b[0m: x", true],
    ["Traceback (most recent call last):", false],
    ["0 terrors", false],
    ["no errors found", false],
    ["", false],
  ])("%j: %s", (text, isOne) => expect(isError(text)).toBe(isOne));
});

describe("landing", () => {
  it.each([
    ["the last error, though more follows", ["error: a", "error: b", "cleaning up"], 1],
    ["the last line of stderr where there is no error", ["!hm", "!no such share", "bye"], 1],
    ["the end where there is neither", ["a", "b"], undefined],
    ["an error of long ago is passed over", ["error: a", "x".repeat(70_000), "b"], undefined],
  ])("%s", (_, lines, place) => expect(landingOf(docOf(...lines), isError)?.from).toBe(place));
});

describe("search", () => {
  it("all hits are found and counted", async () => {
    const told: Found[] = [];
    await findAll(docOf("a", "b", "ab"), matches(/a/g), forever, (found) => told.push(found));
    expect(told.at(-1)).toMatchObject({ count: 2, isComplete: true });
    expect(told.at(-1)!.hits.map((row) => row.from)).toEqual([0, 2]);
  });
  it("the next one is looked for in both directions", async () => {
    const doc = docOf("x", "a", "x", "a", "x");
    expect((await nextMatch(doc, 2, 1, matches(/a/g), forever))?.from).toBe(3);
    expect((await nextMatch(doc, 2, -1, matches(/a/g), forever))?.from).toBe(1);
    expect(await nextMatch(doc, 4, 1, matches(/a/g), forever)).toBeNull();
  });
  it("hits alone have three lines around them, none twice", () => {
    const doc = docOf(..."a b c d e f g h i j k l m n o".split(" "));
    const hits = new HitsDoc(doc, [doc.rowAt(4)!, doc.rowAt(6)!]);
    expect(Array.from({ length: hits.size }, (_, place) => hits.rowAt(place)!.shown().text).join("")).toBe("bcdefghij");
  });
});
