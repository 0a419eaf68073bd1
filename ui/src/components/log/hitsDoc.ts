/** The hits of a search alone, each with the lines around it: a log of its own. */

import { Listeners, type LogDoc, type Row, type StreamName } from "./doc";
import type { Hit } from "./search";

export class HitsDoc implements LogDoc {
  readonly first = 0;
  readonly appended = 0;
  readonly failure = null;
  readonly #rows: readonly Row[];
  readonly #listeners = new Listeners();

  constructor(doc: LogDoc, hits: readonly Hit[]) {
    const around = new Map<number, Row>();
    for (const hit of hits) for (const row of doc.around(hit)) around.set(row.from, row);
    this.#rows = [...around.values()].sort((a, b) => a.from - b.from).map((row, place) => ({ ...row, from: place, to: place + 1 }));
  }

  get size(): number {
    return this.#rows.length;
  }

  rowAt(position: number): Row | undefined {
    return this.#rows[Math.min(Math.max(position, 0), this.#rows.length - 1)];
  }

  rowBefore(position: number): Row | null | undefined {
    return position <= 0 ? null : this.rowAt(position - 1);
  }

  placesOf(stream: StreamName, offsets: readonly number[]): (number | undefined)[] {
    const places = new Map(this.#rows.filter((row) => row.stream === stream).map((row) => [row.bytes[0], row.from]));
    return offsets.map((offset) => places.get(offset));
  }

  around(hit: Hit): readonly Row[] {
    const row = this.rowAt(hit.position);
    return row ? [row] : [];
  }

  onChange(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  wantTimes(): void {
    this.#listeners.tell();
  }

  retry(): void {
    this.#listeners.tell();
  }

  close(): void {
    this.#listeners.tell();
  }
}
