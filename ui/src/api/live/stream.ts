/** One connection to the event stream. Read with fetch, which tells the status where EventSource says nothing,
 * shows heartbeats, and takes the id to go on from. */

import { ApiError } from "../errors";
import { send } from "../client";
import { eventParser, type ServerEvent } from "./parse";

/** The scheduler sends something every 15 s: after three times nothing the connection is dead. */
const SILENCE_MS = 46_000;

/** Read events until the connection ends, however it does. Rejects with why it could not be opened.
 *
 * @param onEvents Called with what came together, and with nothing when the connection is there.
 */
export async function readStream(
  lastId: string,
  onEvents: (events: readonly ServerEvent[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const dead = new AbortController();
  const abort = () => dead.abort();
  signal.addEventListener("abort", abort, { once: true });
  let watch: ReturnType<typeof setTimeout> | undefined;
  const alive = () => {
    clearTimeout(watch);
    watch = setTimeout(abort, SILENCE_MS);
  };
  try {
    alive();
    const headers: Record<string, string> = { accept: "text/event-stream" };
    if (lastId !== "") headers["last-event-id"] = lastId;
    const response = await send("GET", "/api/events", { headers, signal: dead.signal });
    if (!response.body) return;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const parse = eventParser();
    onEvents([]);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      alive();
      onEvents(parse(value));
    }
  } catch (error) {
    if (error instanceof ApiError) throw error;
    // Broken off: whoever called opens it again.
  } finally {
    clearTimeout(watch);
    signal.removeEventListener("abort", abort);
  }
}
