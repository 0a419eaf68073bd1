/** One stream of an attempt, by its bytes: as much of it as somebody looks at. */

import { sleep } from "@/lib/sleep";

import { BLOCK, Blocks, feedsIn, Missing } from "./blocks";
import { rowOf } from "./combinedDoc";
import { Listeners, type LogDoc, type Row, type StreamName } from "./doc";
import type { Hit } from "./search";
import { followBytes, readEnd, readLines, readRange, type Whose } from "./source";
import { shownOf } from "./text";

/** A place whose line is known: `[byte, line, ms]`, lines counted from 1. */
export type Mark = readonly [byte: number, line: number, at: number | null];

const AGAIN_MS = 1_000;

export class StreamDoc implements LogDoc {
  readonly first = 0;
  readonly #blocks = new Blocks();
  readonly #asked = new Set<number>();
  readonly #timed = new Set<number>();
  readonly #times = new Map<number, number>();
  readonly #listeners = new Listeners();
  readonly #end = new AbortController();
  #marks: readonly Mark[] = [[0, 1, null]];
  #isLive = false;
  appended = 0;
  failure: unknown = null;
  #hasTimes = false;

  constructor(readonly whose: Whose, readonly stream: StreamName) {}

  get size(): number {
    return this.#blocks.size;
  }

  /** Read its end: what is looked at first. */
  async open(): Promise<void> {
    const piece = await readEnd(this.whose, this.stream, 2 * BLOCK, this.#end.signal);
    this.#blocks.hole = piece.hole;
    this.#blocks.grow(piece.size);
    // From the edge of a block on: one that is half here is asked for when somebody looks.
    const edge = piece.from === 0 ? 0 : Math.ceil(piece.from / BLOCK) * BLOCK;
    if (edge < piece.size) this.#blocks.put(edge, piece.bytes.subarray(edge - piece.from));
    this.#listeners.tell();
  }

  /** Take in where lines are counted. */
  mark(marks: readonly Mark[]): void {
    this.#marks = marks.length > 0 ? marks : this.#marks;
    this.#listeners.tell();
  }

  /** Go on reading at the end until the attempt is over or the signal aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, this.#end.signal]);
    this.#isLive = true;
    for (;;) {
      try {
        for await (const bytes of followBytes(this.whose, this.stream, this.size, either)) {
          this.#blocks.append(bytes);
          this.appended += feedsIn(bytes);
          this.failure = null;
          this.#listeners.tell();
        }
        this.#isLive = false;
        return;
      } catch (error) {
        if (either.aborted) return;
        this.failure = error;
        this.#listeners.tell();
        await sleep(AGAIN_MS, either);
      }
    }
  }

  rowAt(position: number): Row | undefined {
    if (this.size === 0) return undefined;
    const from = this.#known(this.#blocks.lineStart(Math.min(position, this.size - 1)));
    const to = from === undefined ? undefined : this.#known(this.#blocks.lineEnd(from));
    return from === undefined || to === undefined ? undefined : this.#row(from, to);
  }

  rowBefore(position: number): Row | null | undefined {
    return position <= 0 ? null : this.rowAt(position - 1);
  }

  placesOf(stream: StreamName, offsets: readonly number[]): (number | undefined)[] {
    return offsets.map((offset) => (stream === this.stream ? offset : undefined));
  }

  /** As they came with the hit: their blocks are not fetched for it. */
  around(hit: Hit): readonly Row[] {
    const texts = [...hit.before, hit.text, ...hit.after];
    let offset = hit.before.reduce((at, text) => at - lengthOf(text), hit.offset);
    return texts.map((text, index) => {
      const row = { ...rowOf({ stream: this.stream, offset, at: null, text, partial: false }, offset), number: hit.line - hit.before.length + index };
      offset += lengthOf(text);
      return row;
    });
  }

  #known(found: number | Missing): number | undefined {
    if (!(found instanceof Missing)) return found;
    this.#ask(found.block);
    return undefined;
  }

  #row(from: number, to: number): Row {
    const hole = this.#blocks.hole;
    const kind = hole && from >= hole.from && from < hole.to ? "dropped" : "line";
    if (this.#hasTimes && kind === "line") this.#askTimes(this.#blocks.blockOf(from));
    return {
      from,
      to,
      kind,
      stream: this.stream,
      bytes: [from, to],
      number: kind === "line" ? this.#numberOf(from) : null,
      at: this.#times.get(from) ?? null,
      shown: (all) => {
        const bytes = this.#blocks.slice(from, to);
        return shownOf(bytes.at(-1) === 10 ? bytes.subarray(0, -1) : bytes, all);
      },
    };
  }

  #numberOf(from: number): number | null {
    const mark = this.#marks.findLast((each) => each[0] <= from);
    if (mark) {
      const feeds = this.#blocks.feeds(mark[0], from);
      if (feeds !== undefined) return mark[1] + feeds;
    }
    if (this.#isLive) return null; // counted from an end that moves, it would change all the time
    const behind = this.#blocks.feeds(from, this.size);
    const isEnded = this.size > 0 && this.#blocks.slice(this.size - 1, this.size)[0] === 10;
    return behind === undefined ? null : -(behind + (isEnded ? 0 : 1));
  }

  #ask(block: number): void {
    if (this.#asked.has(block)) return;
    this.#asked.add(block);
    void readRange(this.whose, this.stream, this.#blocks.rangeOf(block), this.#blocks.hole, this.#end.signal)
      .then((piece) => {
        this.#blocks.hole = piece.hole ?? this.#blocks.hole;
        this.#blocks.put(piece.from, piece.bytes);
        this.failure = null;
        this.#asked.delete(block);
        this.#listeners.tell();
      })
      .catch((error: unknown) => {
        if (this.#end.signal.aborted) return;
        this.failure = error; // it stays asked for until somebody says to try again
        this.#listeners.tell();
      });
  }

  #askTimes(block: number): void {
    if (this.#timed.has(block)) return;
    this.#timed.add(block);
    void this.#readTimes(block).catch(() => {
      if (!this.#end.signal.aborted) this.#timed.delete(block);
    });
  }

  async #readTimes(block: number): Promise<void> {
    const [offset, to] = this.#blocks.rangeOf(block);
    for await (const lines of readLines(this.whose, { stream: this.stream, offset }, this.#end.signal)) {
      for (const line of lines) if (line.at !== null) this.#times.set(line.offset, line.at);
      if ((lines.at(-1)?.offset ?? 0) >= to) break;
    }
    if (this.#isLive && to === this.size) setTimeout(() => this.#timed.delete(block), AGAIN_MS); // there will be more
    this.#listeners.tell();
  }

  wantTimes(): void {
    this.#hasTimes = true;
    this.#listeners.tell();
  }

  retry(): void {
    this.failure = null;
    this.#asked.clear();
    this.#listeners.tell();
  }

  onChange(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  close(): void {
    this.#end.abort();
  }
}

const encoder = new TextEncoder();

/** Bytes of a line with its feed. */
const lengthOf = (text: string): number => encoder.encode(text).length + 1;
