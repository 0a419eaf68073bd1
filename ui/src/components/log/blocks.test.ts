import { describe, expect, it } from "vitest";

import { Blocks, Missing } from "./blocks";
import { shownOf } from "./text";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function filled(text: string, blockSize = 8): Blocks {
  const blocks = new Blocks(blockSize);
  blocks.put(0, bytesOf(text));
  return blocks;
}

function forwards(blocks: Blocks): string[] {
  const lines: string[] = [];
  for (let at = 0; at < blocks.size; ) {
    const end = blocks.lineEnd(at) as number;
    lines.push(textOf(blocks.slice(at, end)));
    at = end;
  }
  return lines;
}

function backwards(blocks: Blocks): string[] {
  const lines: string[] = [];
  for (let at = blocks.size; at > 0; ) {
    const start = blocks.lineStart(at - 1) as number;
    lines.unshift(textOf(blocks.slice(start, at)));
    at = start;
  }
  return lines;
}

describe("lines", () => {
  it.each([
    ["short ones", "a\nbb\n\nccc\n", ["a\n", "bb\n", "\n", "ccc\n"]],
    ["the last one unfinished", "a\nb", ["a\n", "b"]],
    ["one over the edge of two blocks", "12345\nabcdefg\nx\n", ["12345\n", "abcdefg\n", "x\n"]],
    ["a feed as the last byte of a block", "1234567\nab\n", ["1234567\n", "ab\n"]],
    ["a block without a feed ends a line", "ab\n0123456789abcdefghij\nx\n", ["ab\n", "0123456789abc", "defghij\n", "x\n"]],
    ["nothing but one endless line", "0123456789abcdefghij", ["01234567", "89abcdef", "ghij"]],
  ])("%s are the same from both sides", (_, text, lines) => {
    expect(forwards(filled(text))).toEqual(lines);
    expect(backwards(filled(text))).toEqual(lines);
  });

  it("any text is found whole, from both sides alike", () => {
    let seed = 7;
    const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    for (let round = 0; round < 300; round += 1) {
      const text = Array.from({ length: Math.floor(random() * 60) }, () => (random() < 0.12 ? "\n" : "x")).join("");
      const lines = forwards(filled(text));
      expect(lines.join("")).toBe(text);
      expect(backwards(filled(text))).toEqual(lines);
    }
  });

  it("what is not here is named by its block", () => {
    const blocks = new Blocks(8);
    blocks.grow(100);
    expect(blocks.lineEnd(20)).toEqual(new Missing(2));
    blocks.put(16, bytesOf("abcd\nefg"));
    expect(blocks.lineStart(22)).toBe(21);
    expect(blocks.lineStart(18)).toEqual(new Missing(1));
    expect(blocks.lineEnd(22)).toEqual(new Missing(3));
  });

  it("a dropped middle is one row, and lines end at it", () => {
    const blocks = filled("ab\ncd" + "\0".repeat(10) + "\nef\ng\n");
    blocks.hole = { from: 5, to: 15 };
    expect(forwards(blocks)).toEqual(["ab\n", "cd", "\0".repeat(10), "\n", "ef\n", "g\n"]);
    expect(backwards(blocks)).toEqual(forwards(blocks));
  });
});

describe("blocks", () => {
  it("what grows is appended over the edges of blocks", () => {
    const blocks = filled("abc");
    for (const part of ["de\n", "01234", "56", "\n"]) blocks.append(bytesOf(part));
    expect(forwards(blocks)).toEqual(["abcde\n", "0123456\n"]);
    expect(blocks.feeds(0, blocks.size)).toBe(2);
    expect(blocks.feeds(6, 14)).toBe(1);
  });
  it("those that were not looked at for longest are forgotten", () => {
    const blocks = new Blocks(4, 3);
    blocks.put(0, bytesOf("a\nb\nc\nd\n"));
    blocks.lineEnd(0);
    blocks.append(bytesOf("e\nf\ng\nh\n"));
    expect([0, 1, 2, 3].map((block) => blocks.has(block))).toEqual([true, false, true, true]);
    expect(blocks.feeds(0, 8)).toBeUndefined();
  });
  it("a block whose beginning is missing is not taken for whole", () => {
    const blocks = new Blocks(8);
    blocks.grow(12);
    blocks.append(bytesOf("xy\n"));
    expect(blocks.has(1)).toBe(false);
    expect(blocks.size).toBe(15);
  });
});

describe("what is shown of a line", () => {
  it.each([
    ["all of it", "abc", { text: "abc", more: 0, rewrites: 0 }],
    ["without a return at its end", "abc\r", { text: "abc", more: 0, rewrites: 0 }],
    ["the last writing", "10 %\r50 %\r100 %", { text: "100 %", more: 0, rewrites: 2 }],
    ["nothing, where nothing was written", "", { text: "", more: 0, rewrites: 0 }],
    ["characters for bytes that are none", "a\u00e4", { text: "a\u00e4", more: 0, rewrites: 0 }],
  ])("%s", (_, line, shown) => expect(shownOf(bytesOf(line))).toEqual(shown));

  it("at most 16 KiB", () => {
    const shown = shownOf(new Uint8Array(20_000).fill(120));
    expect([shown.text.length, shown.more]).toEqual([16_384, 3_616]);
  });
  it("every writing where that is asked for", () => {
    expect(shownOf(bytesOf("a\rb"), true).text).toBe("a␍b");
  });
});
