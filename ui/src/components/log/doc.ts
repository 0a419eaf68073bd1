/** What a log is to who shows it: rows along positions, some of which are not here yet. */

import type { Hit } from "./search";
import type { Shown } from "./text";

export type StreamName = "stdout" | "stderr";

export interface Row {
  /** Positions that it takes: bytes of a stream, or places in a list. */
  readonly from: number;
  readonly to: number;
  /** A line of output, or what stands where some is missing. */
  readonly kind: "line" | "dropped" | "earlier";
  readonly stream: StreamName;
  /** Its bytes in its stream: what a link names. */
  readonly bytes: readonly [from: number, to: number];
  /** Counted from 1, or from the end (-1 is the last); null where nobody has counted. */
  readonly number: number | null;
  /** When it was first seen, in milliseconds since the epoch. */
  readonly at: number | null;
  shown(all?: boolean): Shown;
}

export interface LogDoc {
  /** The first position and the one behind the last. */
  readonly first: number;
  readonly size: number;
  /** Lines that have come since it was opened. */
  readonly appended: number;
  /** Why something that was asked for did not come. */
  readonly failure: unknown;
  /** The row that holds a position. Undefined: it has been asked for, and `onChange` tells when it is here. */
  rowAt(position: number): Row | undefined;
  /** The row before the one that begins at a position; null before the first. */
  rowBefore(position: number): Row | null | undefined;
  /** Where bytes of a stream are, given in order; undefined: not in it. */
  placesOf(stream: StreamName, offsets: readonly number[]): (number | undefined)[];
  /** The row of a hit and those around it. */
  around(hit: Hit): readonly Row[];
  /** Have somebody told when there is more. */
  onChange(listener: () => void): () => void;
  /** Ask for times, too, where they do not come by themselves. */
  wantTimes(): void;
  /** Ask again for what did not come. */
  retry(): void;
  close(): void;
}

/** Tells all who want to know. */
export class Listeners {
  readonly #all = new Set<() => void>();

  add(listener: () => void): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  tell(): void {
    for (const each of this.#all) each();
  }
}
