/** How output is asked for. */

import { send, urlOf } from "@/api/client";
import { ApiError } from "@/api/errors";
import type { LogHit, LogIndex, LogSearchEnd } from "@/api/schema";

import type { Hole } from "./blocks";
import type { StreamName } from "./doc";

const PATH = "/api/runs/{run_id}/tasks/{task_id}/logs";

/** Whose output. */
export interface Whose {
  readonly runId: string;
  readonly taskId: string;
  readonly attempt: number;
}

export interface Piece {
  readonly from: number;
  readonly bytes: Uint8Array;
  /** Of the whole stream, at that moment. */
  readonly size: number;
  readonly hole: Hole | undefined;
}

/** A line as NDJSON has it. */
export interface Line {
  readonly stream: StreamName;
  readonly offset: number;
  readonly at: number | null;
  readonly text: string;
  readonly partial: boolean;
  readonly dropped?: number;
}

interface Asked {
  readonly stream: StreamName | "combined";
  readonly offset?: number;
  readonly tail?: number;
  readonly follow?: boolean;
}

/** The address of output, for links too. */
export function logUrl(whose: Whose, asked: Asked): string {
  return urlOf(PATH, { ...pathOf(whose), query: { attempt: whose.attempt, ...asked } });
}

const pathOf = (whose: Whose) => ({ path: { run_id: whose.runId, task_id: whose.taskId } });

/** The last bytes of a stream, in one request. */
export async function readEnd(whose: Whose, stream: StreamName, length: number, signal: AbortSignal): Promise<Piece> {
  const response = await ranged(whose, stream, `bytes=-${length}`, signal);
  if (!response) return { from: 0, bytes: new Uint8Array(0), size: 0, hole: undefined };
  const size = sizeOf(response);
  const hole = holeOf(response);
  if (response.status === 206 || size <= length) {
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (!hole) return { from: size - bytes.length, bytes, size, hole };
  } else await response.body?.cancel();
  const from = Math.max(hole?.to ?? 0, size - length);
  return { from, bytes: await readFrom(whose, stream, from, size, signal), size, hole };
}

/** The bytes between two positions. What was dropped is zeros. */
export async function readRange(
  whose: Whose,
  stream: StreamName,
  [from, to]: readonly [number, number],
  known: Hole | undefined,
  signal: AbortSignal,
): Promise<Piece> {
  if (!known) {
    const response = await ranged(whose, stream, `bytes=${from}-${to - 1}`, signal);
    if (response?.status === 206) {
      return { from, bytes: new Uint8Array(await response.arrayBuffer()), size: sizeOf(response), hole: undefined };
    }
    await response?.body?.cancel();
    const hole = response && holeOf(response);
    if (hole) return await readRange(whose, stream, [from, to], hole, signal);
    return { from, bytes: await readFrom(whose, stream, from, to, signal), size: to, hole: undefined };
  }
  const bytes = new Uint8Array(to - from);
  if (from < known.from) bytes.set(await readFrom(whose, stream, from, Math.min(to, known.from), signal));
  const behind = Math.max(from, known.to);
  if (behind < to) bytes.set(await readFrom(whose, stream, behind, to, signal), behind - from);
  return { from, bytes, size: to, hole: known };
}

async function ranged(whose: Whose, stream: StreamName, range: string, signal: AbortSignal): Promise<Response | null> {
  try {
    return await send("GET", logUrl(whose, { stream }), { headers: { accept: "text/plain", range }, signal });
  } catch (error) {
    if (error instanceof ApiError && error.status === 416) return null; // nothing was written
    throw error;
  }
}

/** Read from a position on, and leave when there is enough: a log that was cut has no ranges. */
async function readFrom(whose: Whose, stream: StreamName, from: number, to: number, signal: AbortSignal): Promise<Uint8Array> {
  const bytes = new Uint8Array(to - from);
  let length = 0;
  const response = await send("GET", logUrl(whose, { stream, offset: from }), { headers: { accept: "text/plain" }, signal });
  for await (const chunk of chunksOf(response)) {
    bytes.set(chunk.subarray(0, bytes.length - length), length);
    length += chunk.length;
    if (length >= bytes.length) break;
  }
  return bytes.subarray(0, Math.min(length, bytes.length));
}

/** Bytes as they come, until the attempt is over. */
export async function* followBytes(whose: Whose, stream: StreamName, from: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const url = logUrl(whose, { stream, offset: from, follow: true });
  yield* chunksOf(await send("GET", url, { headers: { accept: "text/plain" }, signal }));
}

/** Lines with their times, some at once. */
export function readLines(whose: Whose, asked: Asked, signal: AbortSignal): AsyncGenerator<Line[]> {
  return readObjects<Line>(logUrl(whose, asked), signal);
}

/** What a log is at a first look; with `marks`, where its lines are, too: it is read for that. */
export async function readSight(whose: Whose, stream: StreamName, marks: boolean, signal?: AbortSignal): Promise<LogIndex> {
  const url = urlOf(`${PATH}/index`, { ...pathOf(whose), query: { attempt: whose.attempt, stream, marks } });
  const response = await send("GET", url, signal ? { signal } : {});
  return (await response.json()) as LogIndex;
}

interface Sought {
  readonly stream: StreamName;
  readonly q?: string;
  readonly errors?: boolean;
  readonly regex?: boolean;
  readonly case?: boolean;
  readonly context?: number;
  readonly limit: number;
}

/** Lines that are found, some at once; last how many there are in all. */
export function readHits(whose: Whose, sought: Sought, signal: AbortSignal): AsyncGenerator<(LogHit | LogSearchEnd)[]> {
  const url = urlOf(`${PATH}/search`, { ...pathOf(whose), query: { attempt: whose.attempt, ...sought } });
  return readObjects(url, signal);
}

async function* readObjects<T>(url: string, signal: AbortSignal): AsyncGenerator<T[]> {
  const response = await send("GET", url, { headers: { accept: "application/x-ndjson" }, signal });
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunksOf(response)) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    const objects = parts.filter((part) => part !== "").map((part) => JSON.parse(part) as T);
    if (objects.length > 0) yield objects;
  }
}

async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    void reader.cancel().catch(() => undefined); // it may be over, or lost: either way nobody reads on
  }
}

function sizeOf(response: Response): number {
  const whole = response.headers.get("content-range")?.split("/")[1] ?? response.headers.get("x-petit-size");
  return Number(whole ?? 0) || 0;
}

function holeOf(response: Response): Hole | undefined {
  const [from, to] = (response.headers.get("x-petit-dropped") ?? "").split("-").map(Number);
  return from !== undefined && to !== undefined && to > from ? { from, to } : undefined;
}
