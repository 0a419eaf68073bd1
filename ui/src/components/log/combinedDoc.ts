/** Both streams of an attempt in the order of writing, as a list of lines: the end of it, where it is long. */

import { sleep } from "@/lib/sleep";

import { Listeners, type LogDoc, type Row, type StreamName } from "./doc";
import { firstFrom } from "./errors";
import type { Hit } from "./search";
import { readLines, type Line, type Whose } from "./source";
import { LONGEST } from "./text";

/** Lines of each stream that are read at first, and those that are kept while more comes. */
export const FIRST_LINES = 5_000;
const MOST_LINES = 50_000;
const AGAIN_MS = 1_000;
const CONTEXT = 3;
const encoder = new TextEncoder();

export class CombinedDoc implements LogDoc {
  readonly #rows: Row[] = [];
  readonly #listeners = new Listeners();
  #end = new AbortController();
  #last: Line | undefined;
  first = 0;
  appended = 0;
  failure: unknown = null;

  constructor(readonly whose: Whose) {}

  get size(): number {
    return this.first + this.#rows.length;
  }

  /** All lines that are here, the oldest first. */
  get rows(): readonly Row[] {
    return this.#rows;
  }

  /** Read the last lines; with `signal`, go on until the attempt is over. */
  async open(tail: number | undefined, live?: AbortSignal): Promise<void> {
    const signal = live ? AbortSignal.any([live, this.#end.signal]) : this.#end.signal;
    const asked = { stream: "combined", ...(tail === undefined ? {} : { tail }), ...(live ? { follow: true } : {}) } as const;
    for (;;) {
      try {
        this.#rows.length = 0;
        this.#last = undefined;
        for await (const lines of readLines(this.whose, asked, signal)) this.#take(lines);
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.failure = error;
        this.#listeners.tell();
        if (!live) throw error;
        await sleep(AGAIN_MS, signal);
      }
    }
  }

  #take(lines: readonly Line[]): void {
    for (const line of lines) {
      const last = this.#last;
      const goesOn = last?.partial === true && last.stream === line.stream && last.text.length < LONGEST;
      const whole = goesOn ? { ...line, offset: last.offset, at: last.at, text: last.text + line.text } : line;
      if (goesOn) this.#rows.pop();
      this.#rows.push(rowOf(whole, this.size));
      this.#last = whole;
    }
    this.appended += lines.length;
    const over = this.#rows.length - MOST_LINES;
    if (over > MOST_LINES / 10) {
      this.#rows.splice(0, over);
      this.first += over;
    }
    this.failure = null;
    this.#listeners.tell();
  }

  rowAt(position: number): Row | undefined {
    return this.#rows[Math.min(Math.max(Math.floor(position) - this.first, 0), this.#rows.length - 1)];
  }

  rowBefore(position: number): Row | null | undefined {
    return position <= this.first ? null : this.rowAt(position - 1);
  }

  placesOf(stream: StreamName, offsets: readonly number[]): (number | undefined)[] {
    const own = this.#rows.filter((row) => row.stream === stream);
    const begins = own.map((row) => row.bytes[0]);
    return offsets.map((offset) => {
      const row = own[firstFrom(begins, offset + 1) - 1];
      return row && offset <= row.bytes[1] ? row.from : undefined;
    });
  }

  around(hit: Hit): readonly Row[] {
    const place = hit.position - this.first;
    return this.#rows.slice(Math.max(0, place - CONTEXT), place + CONTEXT + 1);
  }

  onChange(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  wantTimes(): void {
    this.#listeners.tell(); // each line has come with its own
  }

  retry(): void {
    this.failure = null;
    this.#listeners.tell();
  }

  close(): void {
    this.#end.abort();
    this.#end = new AbortController();
  }
}

/** A line as a row at a place of the list. */
export function rowOf(line: Line, place: number): Row {
  const [text, rewrites] = lastWriting(line.text);
  return {
    from: place,
    to: place + 1,
    kind: line.dropped ? "dropped" : "line",
    stream: line.stream,
    bytes: [line.offset, line.offset + (line.dropped ?? encoder.encode(line.text).length)],
    number: place + 1,
    at: line.at,
    shown: (all) => ({
      text: (all ? line.text.replaceAll("\r", "␍") : text).slice(0, LONGEST),
      more: Math.max(0, text.length - LONGEST),
      rewrites,
    }),
  };
}

function lastWriting(text: string): [text: string, rewrites: number] {
  if (!text.includes("\r")) return [text, 0];
  const parts = text.replace(/\r+$/, "").split("\r");
  return [parts.at(-1) ?? "", parts.length - 1];
}
