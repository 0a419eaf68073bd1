/** Which log is opened: one stream by its bytes, or both in the order of writing. */

import { send } from "@/api/client";

import { CombinedDoc, FIRST_LINES } from "./combinedDoc";
import type { LogDoc, StreamName } from "./doc";
import { logUrl, type Whose } from "./source";
import { StreamDoc, type Mark } from "./streamDoc";

export type StreamChoice = StreamName | "combined";

/** More than this is not put in the order of writing unless somebody asks for it: the end of it, then. */
const MOST_COMBINED = 4 * 1024 * 1024;

export interface Sizes {
  readonly stdout: number;
  readonly stderr: number;
}

/** How much there is of both streams. */
export async function sizesOf(whose: Whose, signal: AbortSignal): Promise<Sizes> {
  const [stdout, stderr] = await Promise.all(
    (["stdout", "stderr"] as const).map(async (stream) => {
      const response = await send("HEAD", logUrl(whose, { stream }), { headers: { accept: "text/plain" }, signal });
      return Number(response.headers.get("x-petit-size") ?? 0);
    }),
  );
  return { stdout: stdout ?? 0, stderr: stderr ?? 0 };
}

/** What is shown where nobody has chosen. */
export function choiceFor(sizes: Sizes, isLive: boolean, isBad: boolean): StreamChoice {
  if (sizes.stdout + sizes.stderr > MOST_COMBINED) return isBad && sizes.stderr > 0 ? "stderr" : "stdout";
  if (isLive || (sizes.stdout > 0 && sizes.stderr > 0)) return "combined";
  return sizes.stderr > 0 ? "stderr" : "stdout";
}

export interface Opened {
  readonly doc: LogDoc;
  /** Where it is a part of both streams: so many lines of each. */
  readonly tail: number | undefined;
  /** Settled when there is enough to be shown. */
  readonly isThere: Promise<void>;
  /** Read what still comes; settled when the attempt is over or the signal aborts. */
  readonly follow: (signal: AbortSignal) => Promise<void>;
}

export function open(whose: Whose, choice: StreamChoice, sizes: Sizes, isLive: boolean, tail = FIRST_LINES): Opened {
  if (choice !== "combined") {
    const doc = new StreamDoc(whose, choice);
    void readMarks(doc);
    return { doc, tail: undefined, isThere: doc.open(), follow: (signal) => doc.follow(signal) };
  }
  const doc = new CombinedDoc(whose);
  const most = sizes.stdout + sizes.stderr > MOST_COMBINED ? tail : undefined;
  // What is live is read and followed in one go: between two requests lines would be lost or seen twice.
  return { doc, tail: most, isThere: isLive ? Promise.resolve() : doc.open(most), follow: (signal) => doc.open(most, signal) };
}

/** Lines are counted by the scheduler; without its count they are counted from the end. */
async function readMarks(doc: StreamDoc): Promise<void> {
  const url = logUrl(doc.whose, { stream: doc.stream }).replace("/logs?", "/logs/index?");
  try {
    const response = await send("GET", url);
    doc.mark(((await response.json()) as { readonly marks: readonly Mark[] }).marks);
  } catch {
    // Numbers from the end are better than none, and whatever is wrong is said by what reads the bytes.
  }
}

/** `at` of an address: `from-to` or `from`, in bytes of the stream. */
export function placeOf(at: string | undefined): { from: number; to: number } | undefined {
  const found = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(at ?? "");
  if (!found) return undefined;
  const from = Number(found[1]);
  return { from, to: Math.max(from + 1, Number(found[2] ?? from + 1)) };
}
