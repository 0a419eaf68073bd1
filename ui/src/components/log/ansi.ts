/** What a terminal would show of a line: its text in colours (SGR), and nothing else that escape sequences can do. */

import { readable, type Rgb } from "./contrast";

export interface Style {
  readonly fg?: Rgb;
  readonly bg?: Rgb;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly strike?: boolean;
  readonly inverse?: boolean;
}

export interface Span {
  readonly text: string;
  readonly style: Style | undefined;
}

// CSI with its final character, OSC up to BEL or ST, other strings up to ST, and two-character escapes. One that is
// cut off at the end of the line goes, too.
// eslint-disable-next-line no-control-regex -- escape sequences are control characters
const ESCAPE = /\x1b(?:\[([0-9;:<=>?]*)[ -/]*([@-~])?|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[ -/]*[0-~]?)/g;
// eslint-disable-next-line no-control-regex -- these are the ones to be shown
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/g;
const PICTURES = 0x2400;

/** Take a line apart. Each line begins without a style: where it is shown from the middle, nobody knows another. */
export function spansOf(line: string): Span[] {
  if (!line.includes("\x1b")) return line === "" ? [] : [{ text: inert(line), style: undefined }];
  const spans: Span[] = [];
  let style: Style = {};
  let from = 0;
  const put = (text: string) => {
    if (text !== "") spans.push({ text: inert(text), style: Object.keys(style).length > 0 ? style : undefined });
  };
  for (const found of line.matchAll(ESCAPE)) {
    put(line.slice(from, found.index));
    from = found.index + found[0].length;
    if (found[2] === "m" && !/[<=>?]/.test(found[1] ?? "")) style = styled(style, found[1] ?? "");
  }
  put(line.slice(from));
  return spans;
}

/** The text alone: what is searched and copied. */
export function plain(line: string): string {
  return inert(line.includes("\x1b") ? line.replace(ESCAPE, "") : line);
}

function inert(text: string): string {
  return text.replace(CONTROL, (each) => String.fromCharCode(each === "\x7f" ? 0x2421 : PICTURES + each.charCodeAt(0)));
}

/** Apply the numbers of one SGR sequence. */
export function styled(before: Style, numbers: string): Style {
  let style = before;
  const all = numbers.split(/[;:]/).map((each) => Number.parseInt(each, 10) || 0);
  for (let at = 0; at < all.length; at += 1) {
    const code = all[at] ?? 0;
    if (code === 38 || code === 48) {
      const [colour, used] = extended(all, at + 1);
      at += used;
      if (colour) style = { ...style, [code === 38 ? "fg" : "bg"]: colour };
    } else style = simple(style, code);
  }
  return style;
}

function simple(style: Style, code: number): Style {
  if (code === 0) return {};
  const on = ON[code];
  if (on) return { ...style, [on]: true };
  const off = OFF[code];
  if (off) return without(style, off);
  if (code >= 30 && code <= 37) return { ...style, fg: paletteColour(code - 30) };
  if (code >= 90 && code <= 97) return { ...style, fg: paletteColour(code - 82) };
  if (code >= 40 && code <= 47) return { ...style, bg: paletteColour(code - 40) };
  if (code >= 100 && code <= 107) return { ...style, bg: paletteColour(code - 92) };
  return style;
}

type Member = keyof Style;
const ON: Record<number, Member> = { 1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "inverse", 9: "strike" };
const OFF: Record<number, readonly Member[]> = {
  22: ["bold", "dim"],
  23: ["italic"],
  24: ["underline"],
  27: ["inverse"],
  29: ["strike"],
  39: ["fg"],
  49: ["bg"],
};

function without(style: Style, members: readonly Member[]): Style {
  return Object.fromEntries(Object.entries(style).filter(([name]) => !members.includes(name as Member)));
}

/** `5;n` and `2;r;g;b`, and how many numbers that were. */
function extended(all: readonly number[], at: number): [Rgb | undefined, number] {
  if (all[at] === 5) return [paletteColour(all[at + 1] ?? 0), 2];
  if (all[at] === 2) return [[byte(all[at + 1]), byte(all[at + 2]), byte(all[at + 3])], 4];
  return [undefined, 0];
}

const byte = (value: number | undefined): number => Math.min(255, Math.max(0, value ?? 0));

const SIXTEEN: readonly Rgb[] = [
  [0, 0, 0], [190, 30, 35], [25, 135, 65], [150, 105, 0], [35, 85, 205], [150, 45, 150], [0, 130, 145], [170, 175, 182],
  [110, 115, 122], [225, 60, 60], [35, 165, 85], [190, 135, 0], [70, 120, 240], [190, 75, 190], [0, 160, 175], [235, 238, 242],
]; // prettier-ignore

/** One of the 256: 16 named ones, a cube of 6 x 6 x 6, 24 greys. */
export function paletteColour(index: number): Rgb {
  if (index < 16) return SIXTEEN[index] ?? [0, 0, 0];
  if (index > 231) {
    const grey = 8 + (Math.min(index, 255) - 232) * 10;
    return [grey, grey, grey];
  }
  const level = (value: number): number => (value === 0 ? 0 : 55 + value * 40);
  const inCube = index - 16;
  return [level(Math.floor(inCube / 36)), level(Math.floor(inCube / 6) % 6), level(inCube % 6)];
}

/** The CSS of a style. Text keeps 4.5:1 to what it stands on, in both themes. */
export function cssOf(style: Style): Partial<CSSStyleDeclaration> {
  const css: Partial<CSSStyleDeclaration> = {};
  const [fg, bg] = style.inverse ? [style.bg, style.fg ?? INVERSE] : [style.fg, style.bg];
  if (bg) {
    css.backgroundColor = `rgb(${bg.join(" ")})`;
    css.color = readable(fg ?? INVERSE_TEXT, bg);
  } else if (fg) css.color = `light-dark(${readable(fg, GROUND_LIGHT)}, ${readable(fg, GROUND_DARK)})`;
  if (style.bold) css.fontWeight = "600";
  if (style.dim && !fg) css.color = "var(--muted)";
  if (style.italic) css.fontStyle = "italic";
  if (style.underline || style.strike)
    css.textDecorationLine = [style.underline && "underline", style.strike && "line-through"].filter(Boolean).join(" ");
  return css;
}

// The tint of stderr is the hardest ground in each theme (--failed-tint).
const GROUND_LIGHT: Rgb = [254, 235, 232];
const GROUND_DARK: Rgb = [58, 29, 27];
const INVERSE: Rgb = [170, 178, 190];
const INVERSE_TEXT: Rgb = [20, 24, 31];
