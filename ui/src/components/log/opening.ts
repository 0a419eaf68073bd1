/** Which log is opened: one stream by its bytes, or both in the order of writing. */

import { CombinedDoc, FIRST_LINES } from "./combinedDoc";
import type { LogDoc, StreamName } from "./doc";
import { Errors } from "./errors";
import { readSight, type Whose } from "./source";
import { StreamDoc } from "./streamDoc";

export type StreamChoice = StreamName | "combined";

/** More than this is not put in the order of writing unless somebody asks for it: the end of it, then. */
const MOST_COMBINED = 4 * 1024 * 1024;

/** Errors are looked for at once in logs that are no longer than this; in others when somebody goes to the next one. */
const MOST_SEARCHED = 16 * 1024 * 1024;

export const STREAMS: Readonly<Record<StreamChoice, readonly StreamName[]>> = {
  stdout: ["stdout"],
  stderr: ["stderr"],
  combined: ["stdout", "stderr"],
};

export interface Sizes {
  readonly stdout: number;
  readonly stderr: number;
}

/** Both streams at a first look. */
export interface Sights {
  readonly sizes: Sizes;
  /** The bytes to show first; a stream's size where there is nothing to show before its end. */
  readonly landings: Sizes;
}

export async function sightsOf(whose: Whose, signal: AbortSignal): Promise<Sights> {
  const [stdout, stderr] = await Promise.all([readSight(whose, "stdout", false, signal), readSight(whose, "stderr", false, signal)]);
  return { sizes: { stdout: stdout.size, stderr: stderr.size }, landings: { stdout: stdout.landing, stderr: stderr.landing } };
}

/** What is shown where nobody has chosen. */
export function choiceFor(sizes: Sizes, isLive: boolean, isBad: boolean): StreamChoice {
  if (sizes.stdout + sizes.stderr > MOST_COMBINED) return isBad && sizes.stderr > 0 ? "stderr" : "stdout";
  if (isLive || (sizes.stdout > 0 && sizes.stderr > 0)) return "combined";
  return sizes.stderr > 0 ? "stderr" : "stdout";
}

export interface Opened {
  readonly doc: LogDoc;
  readonly errors: Errors;
  /** Where it is a part of both streams: so many lines of each. */
  readonly tail: number | undefined;
  /** Settled when there is enough to be shown. */
  readonly isThere: Promise<void>;
  /** Read what still comes; settled when the attempt is over or the signal aborts. */
  readonly follow: (signal: AbortSignal) => Promise<void>;
}

export function open(whose: Whose, choice: StreamChoice, sizes: Sizes, isLive: boolean, tail = FIRST_LINES): Opened {
  const errors = new Errors(whose, STREAMS[choice]);
  if (choice !== "combined") {
    const doc = new StreamDoc(whose, choice);
    const isEmpty = sizes[choice] === 0;
    if (!isEmpty || isLive) void readMarks(doc);
    return { doc, errors, tail: undefined, isThere: isEmpty ? Promise.resolve() : doc.open(), follow: (signal) => doc.follow(signal) };
  }
  const doc = new CombinedDoc(whose);
  const most = sizes.stdout + sizes.stderr > MOST_COMBINED ? tail : undefined;
  // What is live is read and followed in one go: between two requests lines would be lost or seen twice.
  return { doc, errors, tail: most, isThere: isLive ? Promise.resolve() : doc.open(most), follow: (signal) => doc.open(most, signal) };
}

/** Lines are counted by the scheduler; without its count they are counted from the end. */
async function readMarks(doc: StreamDoc): Promise<void> {
  try {
    doc.mark((await readSight(doc.whose, doc.stream, true)).marks);
  } catch {
    // Numbers from the end are better than none, and whatever is wrong is said by what reads the bytes.
  }
}

/** Find the lines that tell of an error, where that is soon done. */
export async function markErrors(errors: Errors, sizes: Sizes): Promise<void> {
  if (errors.streams.reduce((sum, stream) => sum + sizes[stream], 0) > MOST_SEARCHED) return;
  try {
    await errors.ask();
  } catch {
    // They are marks; the lines themselves are there, and whoever asks for the next one is told.
  }
}

/** The position to show first of what failed, as the scheduler says; null: the end. */
export function landingOf(doc: LogDoc, errors: Errors, { sizes, landings }: Sights): number | null {
  const places = errors.streams
    .filter((stream) => landings[stream] < sizes[stream])
    .map((stream) => ({ stream, place: doc.placesOf(stream, [landings[stream]])[0] ?? -1 }))
    .filter(({ place }) => place >= 0);
  // Where stderr has no error its last line is named: an error of stdout says more.
  const told = places.filter(({ place }) => errors.places(doc).includes(place));
  const best = (told.length > 0 ? told : places).map(({ place }) => place);
  return best.length > 0 ? Math.max(...best) : null;
}

/** `at` of an address: `from-to` or `from`, in bytes of the stream. */
export function placeOf(at: string | undefined): { from: number; to: number } | undefined {
  const found = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(at ?? "");
  if (!found) return undefined;
  const from = Number(found[1]);
  return { from, to: Math.max(from + 1, Number(found[2] ?? from + 1)) };
}
