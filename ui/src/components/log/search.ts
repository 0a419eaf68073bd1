/** Finding lines: the scheduler reads the log and counts; what it sends is placed in the document that is shown. */

import type { LogDoc, StreamName } from "./doc";
import { readHits, type Whose } from "./source";

export interface Wanted {
  readonly text: string;
  readonly isRegex: boolean;
}

/** A line with what is looked for, and where it is in the document. */
export interface Hit {
  readonly stream: StreamName;
  readonly position: number;
  readonly offset: number;
  readonly line: number;
  readonly text: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** What a search has found so far. */
export interface Found {
  /** In the order of the document. */
  readonly hits: readonly Hit[];
  /** All there are, those too that are beyond the limit or not in the document. */
  readonly count: number;
  readonly isComplete: boolean;
  /** Why it ended before the end of the log. */
  readonly stopped: "time" | "pattern" | "failed" | null;
}

export const NOTHING_YET: Found = { hits: [], count: 0, isComplete: false, stopped: null };

const MOST_HITS = 2_000;

/** A capital letter makes case count. */
const isExact = (text: string): boolean => text !== text.toLowerCase();

/** The pattern by which hits are marked; undefined where nothing is looked for, or browsers cannot read it. */
export function patternOf({ text, isRegex }: Wanted): RegExp | undefined {
  if (text === "") return undefined;
  try {
    return new RegExp(isRegex ? text : text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"), isExact(text) ? "g" : "gi");
  } catch {
    return undefined; // Python's syntax has more than ours
  }
}

/** Find all lines, in one stream after the other, and tell of what has been found whenever some came. */
export async function findAll(
  doc: LogDoc,
  whose: Whose,
  streams: readonly StreamName[],
  { text, isRegex }: Wanted,
  signal: AbortSignal,
  tell: (found: Found) => void,
): Promise<void> {
  let found = NOTHING_YET;
  for (const stream of streams) {
    const before = found.count;
    for await (const some of readHits(whose, { stream, q: text, regex: isRegex, case: isExact(text), limit: MOST_HITS }, signal)) {
      const lines = some.filter((each) => each.type === "hit");
      const end = some.find((each) => each.type === "end");
      const places = doc.placesOf(stream, lines.map((line) => line.offset));
      const hits = lines.flatMap((line, index): Hit[] => {
        const position = places[index];
        return position === undefined ? [] : [{ ...line, stream, position }];
      });
      found = {
        hits: [...found.hits, ...hits],
        count: end ? before + end.count : found.count + lines.length,
        isComplete: false,
        stopped: end?.stopped ?? found.stopped,
      };
      tell(found);
    }
  }
  tell({ ...found, hits: [...found.hits].sort((a, b) => a.position - b.position), isComplete: true });
}
