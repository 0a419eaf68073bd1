/** Finding lines: the rows of a log in turn, as far as they must be fetched for it. */

import { plain } from "./ansi";
import { Listeners, type LogDoc, type Row } from "./doc";

export interface Wanted {
  readonly text: string;
  readonly isRegex: boolean;
}

/** The pattern that is looked for; null where it is no good, undefined where nothing is looked for. */
export function patternOf({ text, isRegex }: Wanted): RegExp | null | undefined {
  if (text === "") return undefined;
  try {
    return new RegExp(isRegex ? text : text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"), text === text.toLowerCase() ? "gi" : "g");
  } catch {
    return null;
  }
}

/** Say whether a row is a match. */
export type Test = (text: string) => boolean;

export function matches(pattern: RegExp): Test {
  return (text) => {
    pattern.lastIndex = 0;
    return pattern.test(plain(text));
  };
}

const TURN_MS = 12;

/** All rows from a position on, or back from it; waits for what is not here, and lets others have their turn. */
export async function* rowsFrom(doc: LogDoc, position: number, step: 1 | -1, signal: AbortSignal): AsyncGenerator<Row> {
  let at = position;
  let began = performance.now();
  while (!signal.aborted) {
    if (step > 0 && at >= doc.size) return;
    const row = step > 0 ? doc.rowAt(at) : doc.rowBefore(at);
    if (row === null) return;
    if (row === undefined) {
      await changed(doc, signal);
      continue;
    }
    at = step > 0 ? row.to : row.from;
    yield row;
    if (performance.now() - began > TURN_MS) {
      await new Promise((resolve) => setTimeout(resolve));
      began = performance.now();
    }
  }
}

function changed(doc: LogDoc, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      stop();
      resolve();
    };
    const stop = doc.onChange(end);
    signal.addEventListener("abort", end, { once: true });
  });
}

/** The next row that matches, seen from a position; null where there is none. */
export async function nextMatch(doc: LogDoc, position: number, step: 1 | -1, test: Test, signal: AbortSignal): Promise<Row | null> {
  for await (const row of rowsFrom(doc, position, step, signal)) {
    if (row.kind === "line" && test(row.shown().text)) return row;
  }
  return null;
}

const LANDING_BYTES = 64 * 1024;

/** The row to show first: the last error near the end, else the last line of stderr; null: the end. */
export function landingOf(doc: LogDoc, isError: Test): Row | null {
  let lastOfStderr: Row | null = null;
  let seen = 0;
  for (let row = doc.rowBefore(doc.size); row && seen < LANDING_BYTES; row = doc.rowBefore(row.from)) {
    seen += row.bytes[1] - row.bytes[0];
    if (row.kind !== "line") continue;
    const { text } = row.shown();
    if (isError(text)) return row;
    if (row.stream === "stderr" && text.trim() !== "") lastOfStderr ??= row;
  }
  return lastOfStderr;
}

/** What a search has found so far. */
export interface Found {
  readonly hits: readonly Row[];
  readonly count: number;
  readonly isComplete: boolean;
}

const MOST_HITS = 10_000;
const TELL_MS = 100;

/** Find all matches. The count is true where hits beyond the first 10,000 are no longer kept. */
export async function findAll(doc: LogDoc, test: Test, signal: AbortSignal, tell: (found: Found) => void): Promise<void> {
  const hits: Row[] = [];
  let count = 0;
  let told = performance.now();
  for await (const row of rowsFrom(doc, doc.first, 1, signal)) {
    if (row.kind === "line" && test(row.shown().text)) {
      count += 1;
      if (hits.length < MOST_HITS) hits.push(row);
    }
    if (performance.now() - told > TELL_MS) {
      tell({ hits: [...hits], count, isComplete: false });
      told = performance.now();
    }
  }
  if (!signal.aborted) tell({ hits, count, isComplete: true });
}

const CONTEXT = 3;

/** The hits alone, each with three lines around it: a log of its own. */
export class HitsDoc implements LogDoc {
  readonly first = 0;
  readonly appended = 0;
  readonly failure = null;
  readonly #rows: Row[];
  readonly #listeners = new Listeners();

  constructor(doc: LogDoc, hits: readonly Row[]) {
    const around = new Map<number, Row>();
    for (const hit of hits) {
      for (const row of contextOf(doc, hit)) around.set(row.from, row);
    }
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

function contextOf(doc: LogDoc, hit: Row): Row[] {
  const rows = [hit];
  for (let row = doc.rowBefore(hit.from), count = 0; row && count < CONTEXT; count += 1, row = doc.rowBefore(row.from)) rows.unshift(row);
  for (let at = hit.to, count = 0; at < doc.size && count < CONTEXT; count += 1) {
    const row = doc.rowAt(at);
    if (!row) break;
    rows.push(row);
    at = row.to;
  }
  return rows;
}
