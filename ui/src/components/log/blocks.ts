/** The bytes of a stream that are here, and the lines in them. All positions are bytes of the original stream.
 *
 * A line goes from behind one line feed to behind the next. A block without any ends one, too: so a line is never
 * longer than two blocks, and where it begins can be told from the block before it.
 */

export const BLOCK = 256 * 1024;
export const KEPT = 32;

const FEED = 10;
const EMPTY = new Uint8Array(0);

export interface Hole {
  readonly from: number;
  readonly to: number;
}

interface Block {
  bytes: Uint8Array;
  length: number;
  /** Line feeds in it; counted when somebody asks. */
  feeds: number | undefined;
}

export class Blocks {
  readonly #blocks = new Map<number, Block>();
  #size = 0;
  hole: Hole | undefined;

  constructor(readonly blockSize = BLOCK, readonly kept = KEPT) {}

  /** Bytes that the stream has, here or not. */
  get size(): number {
    return this.#size;
  }

  get count(): number {
    return this.#blocks.size;
  }

  blockOf(position: number): number {
    return Math.floor(position / this.blockSize);
  }

  /** The positions of a block as the stream is now. */
  rangeOf(block: number): [from: number, to: number] {
    return [block * this.blockSize, Math.min((block + 1) * this.blockSize, this.#size)];
  }

  /** Whether all of a block is here. */
  has(block: number): boolean {
    const [from, to] = this.rangeOf(block);
    return this.#blocks.get(block)?.length === to - from;
  }

  /** Say how large the stream is, where it has grown without being read. */
  grow(size: number): void {
    this.#size = Math.max(this.#size, size);
  }

  /** Put in bytes from the beginning of a block on; they may reach into further ones. */
  put(from: number, bytes: Uint8Array): void {
    this.grow(from + bytes.length);
    for (let at = 0; at < bytes.length; ) {
      const block = this.blockOf(from + at);
      const inside = from + at - block * this.blockSize;
      const part = bytes.subarray(at, at + this.blockSize - inside);
      this.#write(block, inside, part);
      at += part.length;
    }
    this.#forget();
  }

  /** Put in what has come at the end. */
  append(bytes: Uint8Array): void {
    this.put(this.#size, bytes);
  }

  #write(block: number, inside: number, part: Uint8Array): void {
    let known = this.#blocks.get(block);
    if (!known) {
      if (inside > 0) return; // its beginning is not here: it is asked for when somebody looks
      known = { bytes: EMPTY, length: 0, feeds: undefined };
    }
    if (inside > known.length) return;
    const end = inside + part.length;
    if (end > known.bytes.length) {
      const room = new Uint8Array(Math.min(this.blockSize, Math.max(end, known.bytes.length * 2, 4_096)));
      room.set(known.bytes.subarray(0, known.length));
      known.bytes = room;
    }
    known.bytes.set(part, inside);
    known.length = Math.max(known.length, end);
    known.feeds = undefined;
    this.#touch(block, known);
  }

  #touch(block: number, known: Block): void {
    this.#blocks.delete(block);
    this.#blocks.set(block, known); // at the end: the first ones were not looked at for longest
  }

  #forget(): void {
    for (const block of this.#blocks.keys()) {
      if (this.#blocks.size <= this.kept) return;
      this.#blocks.delete(block);
    }
  }

  #get(block: number): Uint8Array | Missing {
    const known = this.#blocks.get(block);
    if (!known || !this.has(block)) return new Missing(block);
    this.#touch(block, known);
    return known.bytes.subarray(0, known.length);
  }

  /** Where the line ends that holds a position from which on it has no beginning: behind its line feed. */
  lineEnd(position: number): number | Missing {
    if (this.#inHole(position)) return this.hole?.to ?? position;
    const clip = this.hole && position < this.hole.from ? this.hole.from : this.#size;
    const block = this.blockOf(position);
    const bytes = this.#get(block);
    if (bytes instanceof Missing) return bytes;
    const start = block * this.blockSize;
    const feed = bytes.indexOf(FEED, position - start);
    if (feed >= 0) return Math.min(clip, start + feed + 1);
    const end = start + bytes.length;
    if (end >= clip) return clip;
    if (bytes.lastIndexOf(FEED) < 0) return end;
    const next = this.#get(block + 1);
    if (next instanceof Missing) return next;
    const nextFeed = next.indexOf(FEED);
    return Math.min(clip, nextFeed >= 0 ? end + nextFeed + 1 : end + next.length);
  }

  /** Where the line begins that holds a position. */
  lineStart(position: number): number | Missing {
    if (this.#inHole(position)) return this.hole?.from ?? position;
    const floor = this.hole && position >= this.hole.to ? this.hole.to : 0;
    const block = this.blockOf(position);
    const start = block * this.blockSize;
    const bytes = this.#get(block);
    if (bytes instanceof Missing) return bytes;
    const feed = position > start ? bytes.lastIndexOf(FEED, position - start - 1) : -1;
    if (feed >= 0) return Math.max(floor, start + feed + 1);
    if (start <= floor) return floor;
    const before = this.#get(block - 1);
    if (before instanceof Missing) return before;
    const last = before.lastIndexOf(FEED);
    return Math.max(floor, last >= 0 ? start - this.blockSize + last + 1 : start);
  }

  #inHole(position: number): boolean {
    return this.hole !== undefined && position >= this.hole.from && position < this.hole.to;
  }

  /** The bytes between two positions that are here. */
  slice(from: number, to: number): Uint8Array {
    const block = this.blockOf(from);
    const start = block * this.blockSize;
    const bytes = this.#blocks.get(block)?.bytes ?? EMPTY;
    if (to <= start + this.blockSize) return bytes.subarray(from - start, to - start);
    const whole = new Uint8Array(to - from);
    for (let at = from; at < to; ) {
      const part = this.slice(at, Math.min(to, (this.blockOf(at) + 1) * this.blockSize));
      whole.set(part, at - from);
      at += Math.max(part.length, 1);
    }
    return whole;
  }

  /** Count the line feeds between two positions; undefined where not all of it is here. */
  feeds(from: number, to: number): number | undefined {
    let count = 0;
    for (let block = this.blockOf(from); block * this.blockSize < to; block += 1) {
      const known = this.#blocks.get(block);
      if (!known || !this.has(block)) return undefined;
      const start = block * this.blockSize;
      const bytes = known.bytes.subarray(0, known.length);
      if (from <= start && to >= start + known.length) count += known.feeds ??= feedsIn(bytes);
      else count += feedsIn(bytes.subarray(Math.max(0, from - start), Math.max(0, to - start)));
    }
    return count;
  }
}

/** A block that is not here. */
export class Missing {
  constructor(readonly block: number) {}
}

/** Count line feeds. */
export function feedsIn(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(FEED); at >= 0; at = bytes.indexOf(FEED, at + 1)) count += 1;
  return count;
}
