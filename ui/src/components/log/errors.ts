/** Lines that tell of an error, as the scheduler finds them: it alone has the rules. */

import { Listeners, type LogDoc, type Row, type StreamName } from "./doc";
import { readHits, type Whose } from "./source";

const MOST = 10_000;

export class Errors {
  readonly #offsets = new Map<StreamName, readonly number[]>();
  readonly #listeners = new Listeners();
  readonly #end = new AbortController();
  #asked: Promise<void> | undefined;

  constructor(
    readonly whose: Whose,
    readonly streams: readonly StreamName[],
  ) {}

  /** Find them. Once, unless `again`: of output that has grown. */
  ask(again = false): Promise<void> {
    if (again || !this.#asked) {
      this.#asked = Promise.all(this.streams.map((stream) => this.#read(stream))).then(() => this.#listeners.tell());
      this.#asked.catch(() => (this.#asked = undefined));
    }
    return this.#asked;
  }

  async #read(stream: StreamName): Promise<void> {
    const offsets: number[] = [];
    for await (const found of readHits(this.whose, { stream, errors: true, context: 0, limit: MOST }, this.#end.signal)) {
      for (const each of found) if (each.type === "hit") offsets.push(each.offset);
    }
    this.#offsets.set(stream, offsets);
  }

  /** Say whether a row is one of them. */
  has(row: Row): boolean {
    const offsets = this.#offsets.get(row.stream) ?? [];
    const offset = offsets[firstFrom(offsets, row.bytes[0])];
    return offset !== undefined && offset < row.bytes[1];
  }

  /** Where they are in a document, in order; those that are not in it are left out. */
  places(doc: LogDoc): number[] {
    const places = this.streams.flatMap((stream) => doc.placesOf(stream, this.#offsets.get(stream) ?? []));
    return places.filter((place) => place !== undefined).sort((a, b) => a - b);
  }

  onChange(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  close(): void {
    this.#end.abort();
  }
}

/** The index of the first of sorted numbers that is not less. */
export function firstFrom(sorted: readonly number[], least: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
