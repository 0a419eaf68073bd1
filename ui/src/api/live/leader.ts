/** One event stream for each browser, not for each tab: a browser has six connections to a scheduler, no more.
 *
 * The tab that holds a lock reads the stream and passes on what comes; when it goes, the next one goes on from the
 * last id that it has heard of. Without locks (plain HTTP from another machine) each tab reads while it is seen. */

import { sleep } from "@/lib/sleep";

import { ApiError } from "../errors";
import { isLater } from "./facts";
import type { ServerEvent } from "./parse";
import { readStream } from "./stream";

const NAME = "petit-events";
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
/** A stream that lived this long was a good one: the next attempt is made at once. */
const GOOD_MS = 5_000;

let napping: AbortController | undefined;

/** Try again now: there is reason to think that it will go well, as after a login. */
export function wake(): void {
  napping?.abort();
}

export interface Listener {
  onEvents(events: readonly ServerEvent[]): void;
  onState(state: "open" | "lost"): void;
}

type Message =
  | { readonly kind: "events"; readonly events: readonly ServerEvent[] }
  | { readonly kind: "state"; readonly state: "open" | "lost"; readonly id: string }
  | { readonly kind: "hello" };

/** Follow the stream until `signal` aborts. */
export function follow(listener: Listener, signal: AbortSignal): void {
  const tab = new Tab(listener);
  // Where the types promise them, plain HTTP has none.
  const locks = navigator.locks as LockManager | undefined;
  if (locks === undefined || typeof BroadcastChannel === "undefined") {
    void tab.readWhileSeen(signal);
    return;
  }
  const channel = new BroadcastChannel(NAME);
  tab.listenTo(channel);
  signal.addEventListener("abort", () => channel.close(), { once: true });
  locks
    .request(NAME, { signal }, () => tab.read(signal))
    .catch(() => undefined); // aborted while it waited
}

class Tab {
  #lastId = "";
  #state: "open" | "lost" = "lost";
  #isReading = false;
  #channel: BroadcastChannel | undefined;

  constructor(readonly listener: Listener) {}

  /** Hear what the reading tab passes on, and answer newcomers where this is the one that reads. */
  listenTo(channel: BroadcastChannel): void {
    this.#channel = channel;
    channel.onmessage = ({ data }: MessageEvent<Message>) => {
      if (data.kind === "hello") {
        if (this.#isReading) this.#send({ kind: "state", state: this.#state, id: this.#lastId });
      } else if (this.#isReading) {
        return; // of a tab that lost the lock, to which nobody listens
      } else if (data.kind === "events") {
        this.#take(data.events);
      } else {
        this.#compare(data.id);
        this.#setState(data.state);
      }
    };
    const ask = () => this.#send({ kind: "hello" });
    ask();
    // A page that was put away heard nothing meanwhile.
    globalThis.addEventListener("pageshow", (event) => event.persisted && ask());
    document.addEventListener("resume", ask);
  }

  /** Read until `signal` aborts, again and again. */
  async read(signal: AbortSignal): Promise<void> {
    this.#isReading = true;
    let wait = FIRST_WAIT_MS;
    while (!signal.aborted) {
      const begun = Date.now();
      try {
        await readStream(this.#lastId, (events) => this.#pass(events), signal);
      } catch (error) {
        // Nobody is known: the login page comes, and with it a new call. Else there are too many streams.
        if (error instanceof ApiError) wait = LONGEST_WAIT_MS;
      }
      if (Date.now() - begun > GOOD_MS) wait = FIRST_WAIT_MS;
      this.#announce("lost");
      napping = new AbortController();
      await sleep(wait * (0.8 + 0.4 * Math.random()), AbortSignal.any([signal, napping.signal]));
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
    this.#isReading = false;
  }

  /** Read while the tab is in front: a hidden one has no connection to spare for it. */
  async readWhileSeen(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const hidden = new AbortController();
      const stop = () => hidden.abort();
      const look = () => document.visibilityState === "hidden" && stop();
      signal.addEventListener("abort", stop, { once: true });
      document.addEventListener("visibilitychange", look);
      if (document.visibilityState === "visible") await this.read(hidden.signal);
      else await new Promise((seen) => document.addEventListener("visibilitychange", seen, { once: true }));
      document.removeEventListener("visibilitychange", look);
      signal.removeEventListener("abort", stop);
    }
  }

  #pass(events: readonly ServerEvent[]): void {
    this.#announce("open");
    // The first ever: what was asked for before the stream was there may have changed in between.
    const [first] = events;
    if (first && this.#lastId === "") this.listener.onEvents([{ id: first.id, event: "reset", data: "" }]);
    if (events.length > 0) {
      this.#send({ kind: "events", events });
      this.#take(events);
    }
  }

  #announce(state: "open" | "lost"): void {
    if (this.#state !== state) this.#send({ kind: "state", state, id: this.#lastId });
    this.#setState(state);
  }

  #setState(state: "open" | "lost"): void {
    this.#state = state;
    this.listener.onState(state);
  }

  #take(events: readonly ServerEvent[]): void {
    this.#lastId = events.at(-1)?.id ?? this.#lastId;
    this.listener.onEvents(events);
  }

  /** The reading tab is further than this one, which has missed something: it cannot be asked for again. */
  #compare(id: string): void {
    if (this.#lastId !== "" && isLater(id, this.#lastId))
      this.listener.onEvents([{ id, event: "reset", data: "" }]);
    if (id !== "") this.#lastId = id;
  }

  #send(message: Message): void {
    this.#channel?.postMessage(message);
  }
}
