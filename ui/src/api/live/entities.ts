/** The newest row of each run and task that facts told of, with the number of the change that made it.
 *
 * An answer that was asked for before a fact may come after it and be older. What the answer has is then
 * replaced by what is known better: nothing that is shown goes back. */

interface Known<Row> {
  readonly row: Row;
  readonly change: number;
  readonly number: number;
}

const MOST = 5_000;

export class Entities<Row> {
  readonly #known = new Map<string, Known<Row>>();

  /** Take in a row of a fact. False: something newer is known. */
  put(id: string, row: Row, change: number, number: number): boolean {
    const known = this.#known.get(id);
    if (known && (known.change > change || (known.change === change && known.number > number))) return false;
    this.#known.delete(id); // put in anew, at the end: the first ones are those that were quiet for longest
    this.#known.set(id, { row, change, number });
    if (this.#known.size > MOST) {
      const [oldest] = this.#known.keys();
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    return true;
  }

  /** The row of an answer that was asked for when `seen` was the newest change known, or a newer one. */
  newest(id: string, row: Row, seen: number): Row {
    const known = this.#known.get(id);
    return known && known.change > seen ? known.row : row;
  }

  clear(): void {
    this.#known.clear();
  }
}
