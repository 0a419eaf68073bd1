/** A row of a log as an element. All text is a text node. */

import { formatBytes, formatCount } from "@/lib/duration";

import { cssOf, spansOf } from "./ansi";
import type { Row, StreamName } from "./doc";

export type TimeMode = "off" | "relative" | "absolute";

/** How rows are shown. A new object is a new look: all rows are made anew. */
export interface Look {
  readonly times: TimeMode;
  /** Write a time, in the zone that was chosen. */
  readonly timeOf: (at: number) => string;
  readonly find: RegExp | undefined;
  readonly isError: (row: Row) => boolean;
}

export type Styles = Readonly<Record<string, string | undefined>>;

/** Bytes of a stream that are pointed at. */
export interface Chosen {
  readonly stream: StreamName;
  readonly from: number;
  readonly to: number;
}

export function isChosen(row: Row, chosen: Chosen | undefined): boolean {
  return chosen?.stream === row.stream && row.bytes[0] < chosen.to && row.bytes[1] > chosen.from;
}

/** Make the element of a row. `isOpen` shows what was written over, too. */
export function elementOf(row: Row, look: Look, styles: Styles, isOpen: boolean): HTMLElement {
  const element = document.createElement("div");
  element.className = styles.row ?? "";
  element.dataset.from = String(row.from);
  if (row.kind !== "line") {
    element.dataset.kind = row.kind;
    element.append(part("text", styles, `${formatBytes(row.to - row.from)} were dropped here: the log was longer than is kept.`));
    return element;
  }
  const shown = row.shown(isOpen);
  element.dataset.stream = row.stream;
  const number = part("number", styles);
  number.dataset.number = row.number === null ? "·" : formatCount(row.number);
  number.title = "Link to this line; with Shift to all from the chosen one";
  element.append(number);
  if (look.times !== "off") {
    const time = part("time", styles);
    time.dataset.time = row.at === null ? "" : look.timeOf(row.at);
    element.append(time);
  }
  const mark = part("mark", styles);
  if (row.stream === "stderr") mark.dataset.mark = "│";
  element.append(mark);
  const text = part("text", styles);
  if (look.isError(row)) element.dataset.error = "";
  write(text, shown.text, look.find);
  if (shown.rewrites > 0) text.append(button(styles, `${formatCount(shown.rewrites)} rewrites`, isOpen));
  if (shown.more > 0) text.append(part("more", styles, ` … ${formatBytes(shown.more)} more`));
  element.append(text);
  return element;
}

function part(name: string, styles: Styles, text = ""): HTMLElement {
  const element = document.createElement("span");
  element.className = styles[name] ?? "";
  if (text !== "") element.textContent = text;
  return element;
}

function button(styles: Styles, text: string, isOpen: boolean): HTMLElement {
  const element = document.createElement("button");
  element.type = "button";
  element.className = styles.rewrites ?? "";
  element.textContent = text;
  element.setAttribute("aria-expanded", String(isOpen));
  return element;
}

function write(into: HTMLElement, line: string, find: RegExp | undefined): void {
  const spans = spansOf(line);
  const hits = find ? hitsIn(spans.map((span) => span.text).join(""), find) : [];
  let at = 0;
  for (const { text, style } of spans) {
    const holder = style ? document.createElement("span") : into;
    if (style) {
      Object.assign(holder.style, cssOf(style));
      into.append(holder);
    }
    for (const piece of cutAt(text, at, hits)) {
      if (!piece.isHit) holder.append(piece.text);
      else {
        const mark = document.createElement("mark");
        mark.textContent = piece.text;
        holder.append(mark);
      }
    }
    at += text.length;
  }
  if (line === "") into.append("\u200b"); // a line has its height
}

type Hit = readonly [from: number, to: number];

/** Where a pattern is found; an empty match is none. */
export function hitsIn(text: string, find: RegExp): Hit[] {
  const hits: Hit[] = [];
  for (const found of text.matchAll(find)) {
    if (found[0] !== "") hits.push([found.index, found.index + found[0].length]);
    if (hits.length >= 200) break;
  }
  return hits;
}

/** Cut a span at the edges of hits; `at` is where the span begins in its line. */
export function cutAt(text: string, at: number, hits: readonly Hit[]): { text: string; isHit: boolean }[] {
  const pieces: { text: string; isHit: boolean }[] = [];
  let from = 0;
  const put = (to: number, isHit: boolean) => {
    if (to > from) pieces.push({ text: text.slice(from, to), isHit });
    from = Math.max(from, to);
  };
  for (const [start, end] of hits) {
    put(Math.min(text.length, start - at), false);
    put(Math.min(text.length, end - at), true);
  }
  put(text.length, false);
  return pieces;
}
