import { afterEach, describe, expect, it, vi } from "vitest";

import type { LogHit } from "@/api/schema";

import { rowOf } from "./combinedDoc";
import { Listeners, type LogDoc, type Row, type StreamName } from "./doc";
import { Errors, firstFrom } from "./errors";
import { HitsDoc } from "./hitsDoc";
import { landingOf } from "./opening";
import { findAll, patternOf, type Found } from "./search";

const forever = new AbortController().signal;
const whose = { runId: "r", taskId: "t", attempt: 1 };
const BOTH = ["stdout", "stderr"] as const;

/** A log of these lines; one that begins with `!` is of stderr. */
function docOf(...lines: string[]): LogDoc {
  const written = { stdout: 0, stderr: 0 };
  const rows = lines.map((line, place): Row => {
    const stream = line.startsWith("!") ? "stderr" : "stdout";
    const text = line.replace(/^!/, "");
    const row = rowOf({ stream, offset: written[stream], at: null, text, partial: false }, place);
    written[stream] += text.length + 1;
    return row;
  });
  const listeners = new Listeners();
  const none = () => undefined;
  return {
    first: 0, size: rows.length, appended: 0, failure: null, wantTimes: none, retry: none, close: none,
    rowAt: (position) => rows[position],
    rowBefore: (position) => (position <= 0 ? null : rows[position - 1]),
    placesOf: (stream, offsets) => offsets.map((offset) => rows.find((row) => row.stream === stream && row.bytes[0] <= offset && offset <= row.bytes[1])?.from),
    around: (hit) => rows.slice(Math.max(0, hit.position - 3), hit.position + 4),
    onChange: (listener) => listeners.add(listener),
  }; // prettier-ignore
}

/** Have the scheduler find these lines in each stream, and count more than it sends. */
function finds(found: Partial<Record<StreamName, number[]>>, more = 0): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (url: string) => {
    asked.push(url);
    const offsets = found[url.includes("stream=stderr") ? "stderr" : "stdout"] ?? [];
    const hits = offsets.map((offset): LogHit & { type: "hit" } => ({ type: "hit", offset, line: 1, text: "x", before: [], after: [] }));
    const end = { type: "end", count: offsets.length + (offsets.length > 0 ? more : 0), shown: offsets.length, is_complete: true, stopped: null };
    return Promise.resolve(new Response([...hits, end].map((each) => JSON.stringify(each) + "\n").join("")));
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

describe("patterns mark hits", () => {
  it.each([
    ["literal text has no special characters", { text: "a.b(", isRegex: false }, "xA.B(y", true],
    ["a capital letter makes case count", { text: "Error", isRegex: false }, "error", false],
    ["a regular expression", { text: "^a+$", isRegex: true }, "aaa", true],
  ])("%s", (_, wanted, text, isMatch) => expect(patternOf(wanted)?.test(text)).toBe(isMatch));
  it("what browsers cannot read, and nothing, mark nothing", () => {
    expect(patternOf({ text: "(?P<a>b)", isRegex: true })).toBeUndefined();
    expect(patternOf({ text: "", isRegex: true })).toBeUndefined();
  });
});

describe("search", () => {
  const search = async (doc: LogDoc, streams: readonly StreamName[], text = "x") => {
    const told: Found[] = [];
    await findAll(doc, whose, streams, { text, isRegex: false }, forever, (found) => told.push(found));
    return told.at(-1)!;
  };
  it("hits of both streams stand in the order of the document", async () => {
    finds({ stdout: [0, 4], stderr: [0] });
    const found = await search(docOf("x", "!x", "y", "x"), BOTH);
    expect(found.hits.map((hit) => [hit.stream, hit.position])).toEqual([["stdout", 0], ["stderr", 1], ["stdout", 3]]); // prettier-ignore
    expect(found).toMatchObject({ count: 3, isComplete: true, stopped: null });
  });
  it("hits that are not in the document are counted", async () => {
    finds({ stdout: [0, 400] }, 9_000);
    const found = await search(docOf("x"), ["stdout"]);
    expect(found.hits).toHaveLength(1);
    expect(found.count).toBe(9_002);
  });
  it("a capital letter makes case count", async () => {
    const asked = finds({});
    await search(docOf("x"), ["stdout"], "Ab");
    await search(docOf("x"), ["stdout"], "ab");
    expect(asked.map((url) => new URL(url, "http://x").searchParams.get("case"))).toEqual(["true", "false"]);
  });
  it("hits alone have the lines around them, none twice", () => {
    const doc = docOf(..."a b c d e f g h i j k l m n o".split(" "));
    const hit = (position: number) => ({ stream: "stdout" as const, position, offset: 2 * position, line: position + 1, text: "", before: [], after: [] });
    const hits = new HitsDoc(doc, [hit(4), hit(6)]);
    expect(Array.from({ length: hits.size }, (_, place) => hits.rowAt(place)!.shown().text).join("")).toBe("bcdefghij");
  });
});

describe("errors", () => {
  it("rows are known by the bytes that the scheduler names", async () => {
    finds({ stdout: [2], stderr: [0] });
    const doc = docOf("a", "b", "!c", "!d");
    const errors = new Errors(whose, BOTH);
    await errors.ask();
    expect([0, 1, 2, 3].map((place) => errors.has(doc.rowAt(place)!))).toEqual([false, true, true, false]);
    expect(errors.places(doc)).toEqual([1, 2]);
  });
  it("they are asked for once, and again where more may have come", async () => {
    const asked = finds({});
    const errors = new Errors(whose, ["stdout"]);
    await errors.ask();
    await errors.ask();
    expect(asked).toHaveLength(1);
    await errors.ask(true);
    expect(asked).toHaveLength(2);
  });
  it("after a failure they are asked for anew", async () => {
    const errors = new Errors(whose, ["stdout"]);
    vi.stubGlobal("fetch", () => Promise.resolve(new Response("{}", { status: 503 })));
    await expect(errors.ask()).rejects.toThrow();
    finds({ stdout: [0] });
    await errors.ask();
    expect(errors.places(docOf("a"))).toEqual([0]);
  });
  it.each([
    [0, 0],
    [1, 0],
    [2, 1],
    [9, 2],
  ])("the first number of 1, 5 that is not less than %d is number %d", (least, index) => expect(firstFrom([1, 5], least)).toBe(index));
});

describe("landing", () => {
  const sizes = { stdout: 100, stderr: 100 };
  const none = { stdout: 100, stderr: 100 };
  it.each([
    ["the last error of both streams", [2], [0], { stdout: 2, stderr: 0 }, 2],
    ["an error of stdout before the last line of stderr", [0], [], { stdout: 0, stderr: 2 }, 0],
    ["the last line of stderr where there is no error", [], [], { stdout: 100, stderr: 2 }, 3],
    ["the end where there is neither", [], [], none, null],
  ])("%s", async (_, stdout, stderr, landings, place) => {
    finds({ stdout, stderr });
    const errors = new Errors(whose, BOTH);
    await errors.ask();
    expect(landingOf(docOf("a", "b", "!c", "!d"), errors, { sizes, landings })).toBe(place);
  });
});
