import { describe, expect, it } from "vitest";

import { cssOf, paletteColour, plain, spansOf, styled } from "./ansi";
import { contrast, readable, type Rgb } from "./contrast";

const rgbOf = (css: string): Rgb => css.match(/\d+/g)!.map(Number) as unknown as Rgb;

describe("escape sequences", () => {
  it.each([
    ["text without any is itself", "plain", ["plain"]],
    ["an empty line has no spans", "", []],
    ["colours make spans", "a\x1b[31mb\x1b[0mc", ["a", "b", "c"]],
    ["cursor movement is dropped", "a\x1b[2K\x1b[1Gb", ["a", "b"]],
    ["a title is dropped", "\x1b]0;title\x07x", ["x"]],
    ["a hyperlink keeps only its text", "\x1b]8;;http://x\x1b\\here\x1b]8;;\x1b\\", ["here"]],
    ["a cut sequence is dropped", "x\x1b[3", ["x"]],
    ["a lone escape is dropped", "x\x1b", ["x"]],
    ["private modes are no colours", "\x1b[?25lx", ["x"]],
    ["a charset choice is dropped", "\x1b(Bx", ["x"]],
    ["bells and backspaces become pictures", "a\x07\x08", ["a␇␈"]],
    ["markup is text", "<img src=x onerror=alert(1)>", ["<img src=x onerror=alert(1)>"]],
  ])("%s", (_, line, texts) => {
    expect(spansOf(line).map((span) => span.text)).toEqual(texts);
    expect(plain(line)).toBe(texts.join(""));
  });

  it.each([
    ["0 ends all", "1;31;0", {}],
    ["nothing is 0", "", {}],
    ["bold and its end", "1;22", {}],
    ["bright colours", "92", { fg: paletteColour(10) }],
    ["256 colours", "38;5;208", { fg: [255, 135, 0] }],
    ["true colour", "48;2;1;2;300", { bg: [1, 2, 255] }],
    ["true colour with colons", "38:2:9:8:7", { fg: [9, 8, 7] }],
    ["what follows an extended colour counts", "38;5;1;4", { fg: paletteColour(1), underline: true }],
    ["unknown numbers do nothing", "73", {}],
  ])("%s", (_, numbers, style) => expect(styled({}, numbers)).toEqual(style));
});

describe("contrast", () => {
  it("every colour of the palette can be read on stderr's tint, light and dark", () => {
    for (const ground of [[254, 235, 232], [58, 29, 27]] as const) {
      for (let index = 0; index < 256; index += 1) {
        expect(contrast(rgbOf(readable(paletteColour(index), ground)), ground)).toBeGreaterThanOrEqual(4.5);
      }
    }
  });
  it("text keeps its contrast on a ground that the output chose", () => {
    const css = cssOf(styled({}, "33;43"));
    expect(contrast(rgbOf(css.color!), rgbOf(css.backgroundColor!))).toBeGreaterThanOrEqual(4.5);
  });
  it("a colour that can be read stays", () => expect(readable([0, 0, 120], [255, 255, 255])).toBe("rgb(0 0 120)"));
});
